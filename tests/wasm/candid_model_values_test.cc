#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <heddle/model/canister.h>
#include <heddle/model/nat.h>
#include <heddle/model/principal.h>
#include <heddle/model/ref.h>
#include <heddle/model/sized.h>
#include <heddle/model/value.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/model_values.h>
#include <heddle/wasm/candid/text.h>

namespace heddle::candid {
namespace {

struct Account {
  Principal owner;
  std::optional<std::vector<Nat8>> subaccount;
  bool operator==(const Account&) const = default;
  HEDDLE_FIELDS(Account, owner, subaccount)
};

struct InsufficientFunds {
  Nat balance;
  bool operator==(const InsufficientFunds&) const = default;
  HEDDLE_FIELDS(InsufficientFunds, balance)
};

struct TooOld {
  bool operator==(const TooOld&) const = default;
};

struct Ok {
  Nat block;
  bool operator==(const Ok&) const = default;
};

using Result = std::variant<Ok, InsufficientFunds, TooOld>;

struct Tree {
  Int value;
  std::vector<Tree> children;
  bool operator==(const Tree&) const = default;
  HEDDLE_FIELDS(Tree, value, children)
};

struct Pairs {
  Nat first;
  bool second;
  bool operator==(const Pairs&) const = default;
};

enum class Colour : std::uint8_t { kRed, kGreen };

template <class T>
void expect(const T& value, const std::string& type, const std::string& text) {
  EXPECT_EQ(to_text(type_of<T>()), type);
  EXPECT_EQ(to_text(to_value(value)), text);
  EXPECT_EQ(from_value<T>(to_value(value)), value);
  const TypeInfo& info = type_info<std::tuple<T>>();
  EXPECT_EQ(from_bytes<std::tuple<T>>(
                bytes_of_message(info, message_of(info, to_bytes(std::tuple<T>(value))))),
            std::tuple<T>(value));
}

TEST(CandidModelValues, EachTypeHasItsCandidForm) {
  expect(true, "bool", "true");
  expect(Nat(5), "nat", "5 : nat");
  expect(pow(Nat(10), Nat(30)), "nat", "1000000000000000000000000000000 : nat");
  expect(Int(-5), "int", "-5");
  expect(-Int(pow(Nat(10), Nat(30))), "int", "-1000000000000000000000000000000");
  expect(Nat64(5), "nat64", "5 : nat64");
  expect(Int8(-5), "int8", "-5 : int8");
  expect(std::numeric_limits<std::int64_t>::min(), "int64", "-9223372036854775808 : int64");
  expect(std::uint32_t{7}, "nat32", "7 : nat32");
  expect(1.5, "float64", "1.5");
  expect(1.5F, "float32", "1.5 : float32");
  expect(std::string("☃"), "text", "\"☃\"");
  expect(Principal::management(), "principal", "principal \"aaaaa-aa\"");
  expect(std::monostate(), "null", "null");
  expect(std::optional<Nat>(), "opt nat", "null");
  expect(std::optional<Nat>(3), "opt nat", "opt (3 : nat)");
  expect(std::vector<Nat>{1, 2}, "vec nat", "vec { 1 : nat; 2 : nat }");
  expect(std::vector<Nat>(), "vec nat", "vec {}");
  expect(std::deque<bool>{true}, "vec bool", "vec { true }");
  expect(std::vector<Nat8>{1, 255}, "blob", "blob \"\\01\\ff\"");
  expect(std::vector<Nat8>(), "blob", "vec {}");
  expect(std::vector<std::uint8_t>{65}, "blob", "blob \"A\"");
  expect(std::set<Int>{3, -3}, "vec int", "vec { -3; 3 }");
  expect(std::map<std::string, Nat>{{"a", 1}}, "vec record { text; nat }",
         "vec { record { \"a\"; 1 : nat } }");
  expect(std::array<bool, 2>{true, false}, "vec bool", "vec { true; false }");
  expect(std::pair<Nat, bool>{1, true}, "record { nat; bool }", "record { 1 : nat; true }");
  expect(std::tuple<>(), "record {}", "record {}");
  expect(Pairs{1, true}, "record { nat; bool }", "record { 1 : nat; true }");
  expect(Colour::kGreen, "nat8", "1 : nat8");
}

TEST(CandidModelValues, RecordsAndVariantsGoByName) {
  expect(Account{Principal::management(), std::nullopt},
         "record { owner : principal; subaccount : opt blob }",
         "record { owner = principal \"aaaaa-aa\"; subaccount = null }");
  const std::string type =
      "variant { Ok : nat; TooOld; InsufficientFunds : record { balance : nat } }";
  EXPECT_EQ(type_of<Result>(), parse_type(type)) << type_of<Result>();
  for (const auto& [value, text] : std::vector<std::pair<Result, std::string>>{
           {Ok{5}, "variant { Ok = 5 : nat }"},
           {InsufficientFunds{7}, "variant { InsufficientFunds = record { balance = 7 : nat } }"},
           {TooOld{}, "variant { TooOld }"}}) {
    EXPECT_EQ(to_text(to_value(value)), text);
    EXPECT_EQ(from_value<Result>(to_value(value)), value);
    EXPECT_EQ(from_value<Result>(parse_value(text)), value);
  }
}

TEST(CandidModelValues, ATypeMayContainItself) {
  const Tree tree{1, {Tree{2, {}}, Tree{3, {Tree{4, {}}}}}};
  EXPECT_EQ(from_value<Tree>(to_value(tree)), tree);
  EXPECT_EQ(type_of<Tree>().field(field_hash("children"))->element(), type_of<Tree>());
}

TEST(CandidModelValues, OrderedContainersAreOrderedByTheirOwnOrder) {
  EXPECT_EQ(from_value<std::set<Int>>(parse_value("vec { 300; -1; 2; 300 }")),
            (std::set<Int>{-1, 2, 300}));
  EXPECT_EQ((from_value<std::map<Nat, std::string>>(
                parse_value("vec { record { 300 : nat; \"b\" }; record { 2 : nat; \"a\" } }"))),
            (std::map<Nat, std::string>{{2, "a"}, {300, "b"}}));
}

TEST(CandidModelValues, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(from_value<Nat>(parse_value("-5")), CandidError);
  EXPECT_THROW(from_value<Nat8>(parse_value("5 : nat16")), CandidError);
  EXPECT_THROW((from_value<std::array<Nat, 2>>(parse_value("vec { 1 : nat }"))), CandidError);
  EXPECT_THROW(from_value<Account>(parse_value("record { subaccount = null }")), CandidError);
  EXPECT_THROW(from_value<Result>(parse_value("variant { Other }")), CandidError);
}

class Bank : public Canister {
 public:
  Update<Nat> withdraw(Account from, Nat amount) {
    static_cast<void>(from);
    co_return amount;
  }

  Query<std::tuple<Nat, bool>> both() { co_return std::tuple<Nat, bool>(1, true); }

  Update<> nothing(AnyRef other) {
    static_cast<void>(other);
    co_return;
  }

  HEDDLE_CANISTER(Bank, withdraw, both, nothing)
};

TEST(CandidModelValues, MethodsSayWhatTheyTakeAndReply) {
  const auto& methods = Bank::heddle_methods().entries;
  EXPECT_EQ(to_text(candid_types(methods[0].arguments_type())),
            "(record { owner : principal; subaccount : opt blob }, nat)");
  EXPECT_EQ(to_text(candid_types(methods[0].reply_type())), "(nat)");
  EXPECT_EQ(to_text(candid_types(methods[1].arguments_type())), "()");
  EXPECT_EQ(to_text(candid_types(methods[1].reply_type())), "(nat, bool)");
  EXPECT_EQ(to_text(candid_types(methods[2].arguments_type())), "(principal)");
  EXPECT_EQ(to_text(candid_types(methods[2].reply_type())), "()");

  // A caller that knows a later version of the interface.
  const std::string arguments = encode(
      parse_arguments(R"((record { owner = principal "2vxsx-fae"; memo = "x" }, 5 : nat, true))"));
  EXPECT_EQ((from_bytes<std::tuple<Account, Nat>>(
                bytes_of_message(methods[0].arguments_type(), arguments))),
            (std::tuple<Account, Nat>{Account{Principal::anonymous(), std::nullopt}, 5}));
  EXPECT_EQ(message_of(methods[2].reply_type(), to_bytes(std::monostate())), encode({}));
  EXPECT_EQ(bytes_of_message(methods[2].reply_type(), encode({})), to_bytes(std::monostate()));
  EXPECT_EQ(
      to_text(decode(message_of(methods[1].reply_type(), to_bytes(std::tuple<Nat, bool>(1, true))))
                  .values),
      "(1 : nat, true)");
}

TEST(CandidModelValues, HandlesArePrincipals) {
  Directory directory;
  directory.names = {"a", "b"};
  directory.principals = {Principal::canister(0), Principal::canister(1)};
  directory.infos = {nullptr, nullptr};
  const Ref<Bank> bank(CanisterId{1});
  const Value value = to_value(bank, &directory);
  EXPECT_EQ(value, Value(Principal::canister(1)));
  EXPECT_EQ(from_value<Ref<Bank>>(value, &directory), bank);
  EXPECT_EQ(from_value<AnyRef>(Value(Principal::anonymous()), &directory), AnyRef());
  EXPECT_THROW(to_value(AnyRef(), &directory), CandidError);
  EXPECT_THROW(to_value(bank), CandidError);
}

}  // namespace
}  // namespace heddle::candid
