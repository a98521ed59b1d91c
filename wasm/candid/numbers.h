/// The whole numbers in a message: for making workloads smaller. They are counted from 0 as they
/// stand in it, those inside of records, options, variants and vectors included; bytes of blobs do
/// not count.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/nat.h>

namespace heddle::candid {

/// Throws Misuse if it is no message.
std::vector<Int> numbers_in(std::string_view message);

/// The message with `number` in the place of the one at `index`, at the same types. Throws Misuse
/// when there is no such place, or the number does not fit there.
std::string with_number(std::string_view message, std::size_t index, const Int& number);

}  // namespace heddle::candid
