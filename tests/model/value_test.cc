#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <heddle/model/value.h>

#include "model/arbitrary.h"
#include "model/traps.h"

namespace heddle {
namespace {

struct Account {
  Principal owner;
  std::optional<Nat> subaccount;

  friend auto operator<=>(const Account&, const Account&) = default;
  HEDDLE_FIELDS(Account, owner, subaccount)
};

struct Transfer {
  Account from;
  Account to;
  Nat amount;
  std::vector<std::uint8_t> memo;

  friend bool operator==(const Transfer&, const Transfer&) = default;
};

struct Opened {
  friend bool operator==(const Opened&, const Opened&) = default;
};

struct Deposit {
  Int amount;

  friend bool operator==(const Deposit&, const Deposit&) = default;
};
HEDDLE_FIELDS(Deposit, amount)

using Event = std::variant<Opened, Deposit, Transfer, Nat, std::string>;

struct Book {
  std::map<Account, Nat> balances;
  std::vector<Event> events;
  std::set<std::string> tags;
  std::tuple<bool, Int8, double> flags;
  std::array<std::optional<std::pair<Nat64, std::string>>, 2> slots;

  friend bool operator==(const Book&, const Book&) = default;
  HEDDLE_FIELDS(Book, balances, events, tags, flags, slots)
};

struct Tree {
  Nat value;
  std::vector<Tree> children;

  friend bool operator==(const Tree&, const Tree&) = default;
};

struct Handle {
  explicit Handle(int at) : index(at) {}

  int index;

  friend bool operator==(const Handle&, const Handle&) = default;
};

enum class Colour : std::uint8_t { kRed, kBlue };

}  // namespace

/// A type that joins from outside, as a library's would.
template <>
struct Codec<Handle> {
  static void encode(const Handle& value, Encoder& out) {
    out.varint(static_cast<unsigned>(value.index));
  }

  static Handle decode(Decoder& in) { return Handle(static_cast<int>(in.varint())); }

  static Shown show(const Handle& value) {
    return {Shown::Kind::kName, "handle " + std::to_string(value.index)};
  }
};

namespace {

struct Holder {
  Handle handle;
  const Nat limit;

  friend bool operator==(const Holder&, const Holder&) = default;
};

}  // namespace
}  // namespace heddle

namespace rc {

template <>
struct Arbitrary<heddle::Account> {
  static Gen<heddle::Account> arbitrary() {
    return gen::build<heddle::Account>(gen::set(&heddle::Account::owner),
                                       gen::set(&heddle::Account::subaccount));
  }
};

template <>
struct Arbitrary<heddle::Transfer> {
  static Gen<heddle::Transfer> arbitrary() {
    return gen::build<heddle::Transfer>(
        gen::set(&heddle::Transfer::from), gen::set(&heddle::Transfer::to),
        gen::set(&heddle::Transfer::amount), gen::set(&heddle::Transfer::memo));
  }
};

template <>
struct Arbitrary<heddle::Event> {
  static Gen<heddle::Event> arbitrary() {
    using heddle::Event;
    return gen::oneOf(
        gen::just(Event(heddle::Opened())),
        gen::map(gen::arbitrary<heddle::Int>(),
                 [](const heddle::Int& amount) { return Event(heddle::Deposit{amount}); }),
        gen::map(gen::arbitrary<heddle::Transfer>(),
                 [](const heddle::Transfer& transfer) { return Event(transfer); }),
        gen::map(gen::arbitrary<heddle::Nat>(), [](const heddle::Nat& n) { return Event(n); }),
        gen::map(gen::arbitrary<std::string>(),
                 [](const std::string& text) { return Event(text); }));
  }
};

template <>
struct Arbitrary<heddle::Book> {
  static Gen<heddle::Book> arbitrary() {
    using heddle::Book;
    return gen::build<Book>(
        gen::set(&Book::balances), gen::set(&Book::events), gen::set(&Book::tags),
        gen::set(&Book::flags, gen::tuple(gen::arbitrary<bool>(), gen::arbitrary<heddle::Int8>(),
                                          gen::element(0.0, -0.0, 1.5, -1e300))),
        gen::set(
            &Book::slots,
            gen::container<std::array<std::optional<std::pair<heddle::Nat64, std::string>>, 2>>(
                gen::arbitrary<std::optional<std::pair<heddle::Nat64, std::string>>>())));
  }
};

}  // namespace rc

namespace heddle {
namespace {

using testing::trap_text;

static_assert(Encodable<Book> && Encodable<Tree> && Encodable<Holder> && Encodable<const Nat>);
static_assert(Encodable<std::deque<Tree>> && Encodable<std::vector<bool>> && Encodable<Colour>);
static_assert(!Encodable<int*> && !Encodable<std::nullptr_t> && !Encodable<int Account::*>);
static_assert(!Encodable<std::unique_ptr<Nat>> && !Encodable<std::shared_ptr<Nat>>);
static_assert(!Encodable<Nat&> && !Encodable<std::string_view> && !Encodable<std::span<Nat>>);
static_assert(!Encodable<std::reference_wrapper<Nat>> && !Encodable<std::function<void()>>);
static_assert(!Encodable<void (*)()> && !Encodable<decltype([] {})> && !Encodable<Nat[3]>);
static_assert(!Encodable<std::unordered_map<int, int>> && !Encodable<std::unordered_set<int>>);
static_assert(!Encodable<std::map<int, std::vector<std::optional<int*>>>>);
static_assert(!Encodable<long double> && !Encodable<std::multimap<int, int>>);

/// `bytes` is an encoding of a `T` exactly if decoding it succeeds and encoding gives it back.
template <class T>
void expect_refused(std::string_view bytes) {
  EXPECT_THROW(from_bytes<T>(bytes), DecodeError) << type_name<T>();
  EXPECT_FALSE(type_ops<T>().valid(bytes)) << type_name<T>();
}

template <class T>
void expect_round_trip(const T& value) {
  const std::string bytes = to_bytes(value);
  EXPECT_FALSE(bytes.empty()) << type_name<T>();
  EXPECT_EQ(from_bytes<T>(bytes), value) << type_name<T>();
  EXPECT_TRUE(type_ops<T>().valid(bytes)) << type_name<T>();
  EXPECT_EQ(type_ops<T>().show(bytes), show(value)) << type_name<T>();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(type_ops<T>().valid(std::string_view(bytes).substr(0, size))) << type_name<T>();
  }
  EXPECT_FALSE(type_ops<T>().valid(bytes + '\0')) << type_name<T>();
}

TEST(Codec, EverySupportedTypeReadsBack) {
  expect_round_trip(true);
  expect_round_trip('x');
  expect_round_trip(U'\u00e9');
  expect_round_trip(std::int64_t{-5});
  expect_round_trip(std::uint16_t{65535});
  expect_round_trip(1.5F);
  expect_round_trip(-0.0);
  expect_round_trip(std::numeric_limits<double>::infinity());
  expect_round_trip(Colour::kBlue);
  expect_round_trip(std::string("text \xff\0", 7));
  expect_round_trip(pow(Nat(2), 200));
  expect_round_trip(-pow(Int(2), 200));
  expect_round_trip(Int32(-1));
  expect_round_trip(Principal::named("alice"));
  expect_round_trip(Principal());
  expect_round_trip(std::monostate());
  expect_round_trip(std::tuple<>());
  expect_round_trip(std::array<Nat, 0>());
  expect_round_trip(std::vector<std::monostate>(3));
  expect_round_trip(std::vector<bool>{true, false});
  expect_round_trip(std::vector<std::uint8_t>{0, 255});
  expect_round_trip(std::deque<Nat>{1, 2});
  expect_round_trip(std::set<int, std::greater<>>{3, 1, 2});
  expect_round_trip(std::optional<std::optional<int>>(std::optional<int>()));
  expect_round_trip(std::tuple(std::tuple(1)));
  expect_round_trip(std::pair(Nat(1), std::vector<std::string>{"a", ""}));
  expect_round_trip(std::variant<Nat, Nat>(std::in_place_index<1>, 4));
  expect_round_trip(Opened());
  expect_round_trip(Event(Deposit{-7}));
  expect_round_trip(Tree{1, {Tree{2, {}}, Tree{3, {Tree{4, {}}}}}});
  expect_round_trip(Holder{Handle(3), 4});
}

RC_GTEST_PROP(Codec, NestedValuesReadBack, (const Book& book)) {
  const std::string bytes = to_bytes(book);
  RC_ASSERT(from_bytes<Book>(bytes) == book);
  RC_ASSERT(to_bytes(from_bytes<Book>(bytes)) == bytes);
}

RC_GTEST_PROP(Codec, EqualValuesAreEqualBytes, (const Event& a, const Event& b)) {
  RC_ASSERT((a == b) == (to_bytes(a) == to_bytes(b)));
}

RC_GTEST_PROP(Codec, EqualNumbersAreEqualBytes, (const Int& a, const Int& b)) {
  RC_ASSERT((a == b) == (to_bytes(a) == to_bytes(b)));
  RC_ASSERT(to_bytes((a + b) - b) == to_bytes(a));
  RC_ASSERT(from_bytes<Int>(to_bytes(a)) == a);
  RC_ASSERT(from_bytes<Nat>(to_bytes(abs(a))) == abs(a));
}

RC_GTEST_PROP(Codec, InsertionOrderDoesNotShow, (const std::map<Nat, std::string>& entries)) {
  std::map<Nat, std::string> backwards;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    backwards.insert(*entry);
  }
  RC_ASSERT(to_bytes(backwards) == to_bytes(entries));
}

/// Decodes what may be nonsense: the answer is a `DecodeError`, or a value that has exactly these
/// bytes.
template <class T>
bool accepts_only_canonical(const std::string& bytes) {
  try {
    return to_bytes(from_bytes<T>(bytes)) == bytes;
  } catch (const DecodeError&) {
    return true;
  }
}

RC_GTEST_PROP(Codec, ArbitraryBytesAreRefusedOrCanonical, (const std::string& bytes)) {
  RC_ASSERT(accepts_only_canonical<Book>(bytes));
  RC_ASSERT(accepts_only_canonical<Event>(bytes));
  RC_ASSERT(accepts_only_canonical<Int>(bytes));
  RC_ASSERT(accepts_only_canonical<Tree>(bytes));
  RC_ASSERT(accepts_only_canonical<std::set<bool>>(bytes));
  RC_ASSERT(accepts_only_canonical<std::optional<Principal>>(bytes));
  RC_ASSERT(accepts_only_canonical<double>(bytes));
}

RC_GTEST_PROP(Codec, DamagedBytesAreRefusedOrCanonical, (const Book& book)) {
  std::string bytes = to_bytes(book);
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  RC_ASSERT(accepts_only_canonical<Book>(bytes));
}

TEST(Codec, OtherThanCanonicalBytesAreRefused) {
  using std::string_literals::operator""s;
  expect_refused<bool>("\x02");
  expect_refused<std::optional<Nat>>("\x02\x01");
  expect_refused<Nat>("\x80\x00"s);
  expect_refused<Nat>("\x80");
  expect_refused<Nat>("");
  expect_refused<std::set<std::uint8_t>>("\x02\x05\x05");
  expect_refused<std::set<std::uint8_t>>("\x02\x05\x04");
  expect_refused<std::map<bool, bool>>("\x02\x01\x01\x01\x01");
  expect_refused<std::variant<Nat, Int>>("\x02\x00"s);
  expect_refused<std::monostate>("\x01");
  expect_refused<std::tuple<>>("\x01");
  expect_refused<Opened>("\x01");
  expect_refused<Principal>("\x1e"s + std::string(30, 'x'));
  expect_refused<double>(std::string(8, '\xff'));
  expect_refused<std::uint32_t>("\x01\x02\x03");
}

TEST(Codec, AClaimedSizeIsNotBelieved) {
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  expect_refused<std::string>(huge);
  expect_refused<std::vector<std::uint8_t>>(huge);
  expect_refused<std::vector<std::monostate>>(huge);
  expect_refused<std::vector<Tree>>(huge);
  expect_refused<std::set<Nat>>(huge);
  expect_refused<std::string>("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
}

TEST(Codec, DeepNestingIsRefusedBeforeTheStackIsAtRisk) {
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) {
    bytes += "\x01\x01";  // a tree with one child, and so on
  }
  expect_refused<Tree>(bytes);

  Tree deep{0, {}};
  for (int i = 0; i < 990; ++i) {
    deep = Tree{0, {deep}};
  }
  EXPECT_EQ(from_bytes<Tree>(to_bytes(deep)), deep);
  for (int i = 0; i < 20; ++i) {
    deep = Tree{0, {deep}};
  }
  EXPECT_TRUE(trap_text([&] { to_bytes(deep); }));
}

TEST(Codec, AllNotANumbersAreOneValue) {
  EXPECT_EQ(to_bytes(std::nan("1")), to_bytes(-std::nan("2")));
  EXPECT_NE(to_bytes(0.0), to_bytes(-0.0));
}

TEST(Codec, AnErrorNamesTheReasonAndThePlace) {
  try {
    from_bytes<std::vector<bool>>("\x02\x01\x05");
    FAIL();
  } catch (const DecodeError& error) {
    EXPECT_STREQ(error.what(), "not an encoded value: a bool is 0 or 1, at byte 3");
  }
}

TEST(TypeOps, KnowTheTypeByBytesAlone) {
  const TypeOps& ops = type_ops<std::vector<Account>>();
  EXPECT_EQ(ops.type_name, "[Account]");
  const std::string bytes = to_bytes(std::vector{Account{Principal::named("alice"), 5}});
  EXPECT_EQ(to_string(ops.show(bytes)), "[{owner = alice; subaccount = ?5}]");
  EXPECT_TRUE(ops.valid(bytes));
  EXPECT_FALSE(ops.valid(bytes + "x"));
  EXPECT_THROW(ops.show("x"), DecodeError);
}

TEST(TypeName, IsShortAndInMotokosWords) {
  EXPECT_EQ(type_name<Nat>(), "Nat");
  EXPECT_EQ(type_name<Int8>(), "Int8");
  EXPECT_EQ(type_name<std::optional<std::vector<std::string>>>(), "?[Text]");
  EXPECT_EQ((type_name<std::map<Principal, Nat>>()), "{Principal -> Nat}");
  EXPECT_EQ((type_name<std::pair<const bool, Account>>()), "(Bool, Account)");
  EXPECT_EQ((type_name<std::variant<Opened, Nat>>()), "{Opened | Nat}");

  struct Local {};

  EXPECT_EQ(type_name<Local>(), "Local");
  EXPECT_EQ(type_name<std::vector<std::uint8_t>>(), "Blob");
}

template <class T>
std::string text(const T& value) {
  return to_string(show(value));
}

TEST(Show, WritesValuesInMotokosManner) {
  EXPECT_EQ(text(Nat(5)), "5");
  EXPECT_EQ(text(true), "true");
  EXPECT_EQ(text(std::string("a \"b\" \\ \n\x01\xff é")), R"("a \"b\" \\ \n\01\ff é")");
  EXPECT_EQ(text(std::optional<Nat>(5)), "?5");
  EXPECT_EQ(text(std::optional<Nat>()), "null");
  EXPECT_EQ(text(std::optional<std::optional<Nat>>(std::optional<Nat>())), "?null");
  EXPECT_EQ(text(std::vector<Nat>{1, 2}), "[1, 2]");
  EXPECT_EQ(text(std::tuple(Nat(1), std::string("x"))), "(1, \"x\")");
  EXPECT_EQ(text(std::map<Principal, Nat>{{Principal::named("a"), 1}, {Principal::named("b"), 2}}),
            "{a -> 1, b -> 2}");
  EXPECT_EQ(text(std::map<std::string, Nat>{{"k", 1}}), "{\"k\" -> 1}");
  EXPECT_EQ(text(std::set<Nat>{2, 1}), "[1, 2]");
  EXPECT_EQ(text(std::monostate()), "()");
  EXPECT_EQ(text(Account{Principal::named("alice"), 5}), "{owner = alice; subaccount = ?5}");
  EXPECT_EQ(text(Holder{Handle(3), 4}), "{.0 = handle 3; .1 = 4}");
  EXPECT_EQ(text(Opened()), "{}");
  EXPECT_EQ(text(std::vector<std::uint8_t>{0xca, 0xfe}), R"(blob "\ca\fe")");
  EXPECT_EQ(text(Colour::kBlue), "1");
  EXPECT_EQ(text('x'), "\"x\"");
  EXPECT_EQ(text(U'é'), "\"é\"");
  EXPECT_EQ(text(0.1F), "0.1");
  EXPECT_EQ(text(0.1), "0.1");
}

TEST(Show, AVariantIsItsAlternative) {
  EXPECT_EQ(text(Event(Opened())), "#Opened");
  EXPECT_EQ(text(Event(Deposit{5})), "#Deposit {amount = 5}");
  EXPECT_EQ(text(Event(Nat(5))), "5");
  EXPECT_EQ(text(Event("x")), "\"x\"");
  EXPECT_EQ(text(std::variant<Nat, Nat>(std::in_place_index<1>, 4)), "#1 4");
  EXPECT_EQ(text(std::variant<std::monostate, Nat>()), "()");
}

TEST(Show, BecomesJson) {
  const auto json = [](const auto& value) { return nlohmann::json::parse(to_json(show(value))); };
  EXPECT_EQ(json(Nat(5)), 5);
  EXPECT_EQ(json(pow(Nat(2), 64)), "18446744073709551616");
  EXPECT_EQ(json(1.5), 1.5);
  EXPECT_EQ(json(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(json(std::string("a\"\\\n\x01 é\xff")), "a\"\\\n\x01 é\uFFFD");
  EXPECT_EQ(json(std::optional<Nat>()), nullptr);
  EXPECT_EQ(json(std::optional<std::optional<Nat>>(std::optional<Nat>(3))),
            nlohmann::json::parse("[[3]]"));
  EXPECT_EQ(json(Account{Principal::named("alice"), 5}),
            nlohmann::json::parse(R"({"owner": "alice", "subaccount": [5]})"));
  EXPECT_EQ(json(Event(Deposit{-5})), nlohmann::json::parse(R"({"Deposit": {"amount": -5}})"));
  EXPECT_EQ(json(std::map<std::string, Nat>{{"k", 1}}), nlohmann::json::parse(R"({"\"k\"": 1})"));
  EXPECT_EQ(json(std::vector<std::uint8_t>{0xca, 0xfe}), "cafe");
}

RC_GTEST_PROP(Show, AnyValueIsWellFormedJson, (const Book& book)) {
  RC_ASSERT(nlohmann::json::accept(to_json(show(book))));
}

RC_GTEST_PROP(Show, DifferentAccountsLookDifferent, (const Account& a, const Account& b)) {
  RC_ASSERT((a == b) == (show(a) == show(b)));
  RC_ASSERT((a == b) == (text(a) == text(b)));
}

}  // namespace
}  // namespace heddle
