// The whole numbers in the arguments of a call, found and replaced without knowing the call's C++
// types: for making workloads smaller.
//
// Numbers are counted from 0 in the order in which they stand in the arguments, those inside of
// records, options, variants and lists included. Keys of maps and elements of sets do not count,
// since their order depends on them; nor do bytes of blobs, characters of texts, and anything in
// and behind a value of a type that has a Codec of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/model/nat.h>
#include <heddle/model/program.h>

namespace heddle {

/// Of encoded arguments of that method. None where nobody knows what they are.
std::vector<Int> numbers_in(const ProgramInfo& program, MethodId method,
                            std::string_view arguments);

/// The arguments with `number` in the place of the one at `index`. Throws Misuse when there is no
/// such place, or the number does not fit there.
std::string with_number(const ProgramInfo& program, MethodId method, std::string_view arguments,
                        std::size_t index, const Int& number);

}  // namespace heddle
