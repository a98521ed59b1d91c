#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/model/fields.h>
#include <heddle/model/internal/record.h>
#include <heddle/model/value.h>

struct GlobalPoint {
  int x;
  int y;
};
HEDDLE_FIELDS(GlobalPoint, x, y)

namespace heddle {
namespace {

struct Inside {
  Nat a;
  std::string b;
  HEDDLE_FIELDS(Inside, a, b)
};

struct Outside {
  Nat a;
  std::string b;
};
HEDDLE_FIELDS(Outside, a, b)

template <class T>
struct Box {
  T content;
  HEDDLE_FIELDS(Box, content)
};

class Private {
 public:
  Private() = default;

  explicit Private(Nat secret) : secret_(secret) {}

  friend bool operator==(const Private&, const Private&) = default;
  HEDDLE_FIELDS(Private, secret_)

 private:
  Nat secret_;
};

struct Nothing {
  HEDDLE_FIELDS(Nothing)
};

struct Base {
  Nat a;
  HEDDLE_FIELDS(Base, a)
};

struct Derived : Base {
  Nat b;
  HEDDLE_FIELDS(Derived, a, b)
};

struct Forgetful : Base {
  Nat b;
};

struct NoDefault {
  explicit NoDefault(int number) : n(number) {}

  int n;
};

struct InOrder {
  Box<Nat> first;
  Nat second;
  Nat third;
  const Nat fixed;
  HEDDLE_FIELDS(InOrder, first, second, third, fixed)
};

struct Wide {
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r;
  HEDDLE_FIELDS(Wide, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
};

struct Swapped {
  Nat a;
  Nat b;
  HEDDLE_FIELDS(Swapped, b, a)
};

struct Short {
  Nat a;
  Nat b;
  HEDDLE_FIELDS(Short, a)
};

struct Sixteen {
  Nat a;
  std::optional<Nat> b;
  std::optional<std::optional<Int>> c;
  std::variant<Nat, Int, std::string> d;
  std::variant<std::monostate> e;
  std::vector<Sixteen> f;
  std::map<int, int> g;
  std::tuple<int> h;
  std::pair<int, int> i;
  std::string j;
  Box<Nat> k;
  bool l;
  double m;
  std::array<int, 3> n;
  Principal o;
  Nat8 p = 7;
};

struct Seventeen {
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
};

struct Referring {
  int& a;
};

using internal::field_count;

static_assert(field_count<Nothing>() == 0 && field_count<Box<Nat>>() == 1);
static_assert(field_count<Inside>() == 2 && field_count<Sixteen>() == 16);
static_assert(field_count<Seventeen>() == internal::kFieldsMax + 1);
static_assert(internal::HasBase<Derived> && !internal::HasBase<Sixteen>);
static_assert(std::is_same_v<internal::FieldTypes<Inside>, internal::Types<Nat, std::string>>);
static_assert(internal::lists_in_order<InOrder>() && !internal::lists_in_order<Swapped>());

static_assert(Encodable<Inside> && Encodable<Outside> && Encodable<GlobalPoint>);
static_assert(Encodable<Private> && Encodable<Nothing> && Encodable<Derived> && Encodable<Wide>);
static_assert(Encodable<InOrder> && Encodable<Sixteen>);
static_assert(!Encodable<Short> && !Encodable<Seventeen> && !Encodable<Referring>);
static_assert(!Encodable<Forgetful>, "a base's list must not pass for the derived class's");
static_assert(!Encodable<NoDefault>);

template <class T>
std::string text(const T& value) {
  return to_string(show(from_bytes<T>(to_bytes(value))));
}

TEST(Fields, AreNamedInsideAndOutsideTheClass) {
  EXPECT_EQ(text(Inside{1, "x"}), "{a = 1; b = \"x\"}");
  EXPECT_EQ(text(Outside{1, "x"}), "{a = 1; b = \"x\"}");
  EXPECT_EQ(text(GlobalPoint{1, 2}), "{x = 1; y = 2}");
  EXPECT_EQ(text(Nothing{}), "{}");
}

TEST(Fields, OfATemplateAreNamedOnce) {
  EXPECT_EQ(text(Box<Nat>{1}), "{content = 1}");
  EXPECT_EQ(text(Box<Box<std::string>>{{"x"}}), "{content = {content = \"x\"}}");
  EXPECT_EQ(type_name<Box<std::vector<int>>>().substr(0, 4), "Box<");
}

TEST(Fields, MayBePrivate) {
  EXPECT_EQ(text(Private(5)), "{secret_ = 5}");
  EXPECT_EQ(from_bytes<Private>(to_bytes(Private(5))), Private(5));
}

TEST(Fields, OfABaseCanBeListed) {
  EXPECT_EQ(text(Derived{{1}, 2}), "{a = 1; b = 2}");
}

TEST(Fields, MayBeMoreThanSixteen) {
  EXPECT_EQ(text(Wide{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}),
            "{a = 1; b = 2; c = 3; d = 4; e = 5; f = 6; g = 7; h = 8; i = 9; j = 10; k = 11; "
            "l = 12; m = 13; n = 14; o = 15; p = 16; q = 17; r = 18}");
}

TEST(Fields, WithoutNamesAreNumbered) {
  EXPECT_EQ(text(Sixteen{}),
            "{.0 = 0; .1 = null; .2 = null; .3 = 0; .4 = (); .5 = []; .6 = {}; .7 = (0); "
            ".8 = (0, 0); .9 = \"\"; .10 = {content = 0}; .11 = false; .12 = 0; "
            ".13 = [0, 0, 0]; .14 = aaaaa-aa; .15 = 7}");
}

TEST(Fields, ListedInAnotherOrderKeepTheirValues) {
  const Swapped read = from_bytes<Swapped>(to_bytes(Swapped{1, 2}));
  EXPECT_EQ(read.a, 1);
  EXPECT_EQ(read.b, 2);
  EXPECT_EQ(text(read), "{b = 2; a = 1}");
}

TEST(Fields, ThatAreConstantReadBack) {
  EXPECT_EQ(text(InOrder{{1}, 2, 3, 4}),
            "{first = {content = 1}; second = 2; third = 3; fixed = 4}");
}

}  // namespace
}  // namespace heddle
