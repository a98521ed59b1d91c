// Shapes of co_await that canister authors write naturally and that some compilers get wrong.
// Configuring compiles and runs this file (HeddleCompilerCheck.cmake) and refuses a compiler that
// fails.
//
// The known failure is g++ 12.2: an await in a condition is resumed in a frame that is too small,
// and temporaries of an await's full expression are destroyed twice. Neither need crash, so nothing
// here waits for a crash: a Text knows whether it is alive, and every frame is fenced with bytes
// that are looked at when it is freed.
//
// With -DSHAPE=<n> only that shape is compiled, which is how the failing one is found and named;
// the names are read from the "// shape <n>: <name>" lines.
#include <coroutine>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#ifndef SHAPE
#define SHAPE 0
#endif
#define HAS(n) (SHAPE == 0 || SHAPE == n)

namespace {

int current_shape = 0;

[[noreturn]] void fail(const char* why) {
  std::printf("shape %d: %s\n", current_shape, why);
  std::fflush(stdout);
  std::_Exit(1);
}

/// A value that owns memory and notices being destroyed twice, or not at all.
class Text {
 public:
  Text(const char* text) : text_(text) { born(); }

  Text(const Text& other) : text_(other.checked()) { born(); }

  Text(Text&& other) : text_(other.checked()) { born(); }

  Text& operator=(const Text& other) = default;

  ~Text() {
    if (alive().erase(this) == 0)
      fail("a value was destroyed twice");
  }

  std::size_t size() const { return checked().size(); }

  static void expect_none() {
    if (!alive().empty())
      fail("a value was never destroyed");
  }

 private:
  static std::set<const Text*>& alive() {
    static std::set<const Text*> texts;
    return texts;
  }

  void born() {
    if (!alive().insert(this).second)
      fail("a value was made on top of another");
  }

  const std::string& checked() const {
    if (!alive().contains(this))
      fail("a value was used that does not live");
    return text_;
  }

  std::string text_;
};

constexpr std::size_t kFence = 256;
constexpr unsigned char kFenceByte = 0xA5;

struct Method {
  struct promise_type {
    static void* operator new(std::size_t size) {
      auto* block = static_cast<unsigned char*>(std::malloc(2 * kFence + size));
      std::memset(block, kFenceByte, 2 * kFence + size);
      std::memcpy(block, &size, sizeof size);
      return block + kFence;
    }

    static void operator delete(void* frame) {
      auto* block = static_cast<unsigned char*>(frame) - kFence;
      std::size_t size = 0;
      std::memcpy(&size, block, sizeof size);
      for (std::size_t i = sizeof size; i < kFence; ++i) {
        if (block[i] != kFenceByte)
          fail("the bytes before a frame were overwritten");
      }
      for (std::size_t i = kFence + size; i < 2 * kFence + size; ++i) {
        if (block[i] != kFenceByte)
          fail("the bytes behind a frame were overwritten");
      }
      std::free(block);
    }

    Method get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }

    std::suspend_always initial_suspend() noexcept { return {}; }

    std::suspend_always final_suspend() noexcept { return {}; }

    void return_value(int value) { result = value; }

    void unhandled_exception() { fail("an exception left the body"); }

    int result = 0;
  };

  std::coroutine_handle<promise_type> handle;
};

/// Suspends once, keeps what it was given alive meanwhile, and gives the answer.
template <class T>
struct Await {
  explicit Await(T kept_value, int the_answer = 1)
      : kept(std::move(kept_value)), answer(the_answer) {}

  bool await_ready() const noexcept { return false; }

  void await_suspend(std::coroutine_handle<>) noexcept {}

  int await_resume() { return answer; }

  T kept;
  int answer;
};

struct Transfer {
  Text to;
  int amount;
  Text memo;
};

class Account {
 public:
  Account(Text owner, int number) : owner_(std::move(owner)), number_(number) {}

  int number() const { return number_; }

 private:
  Text owner_;
  int number_;
};

[[maybe_unused]] Await<int> answer(int value) {
  return Await<int>(value, value);
}

[[maybe_unused]] Await<Transfer> transfer(Transfer sent) {
  return Await<Transfer>(std::move(sent));
}

[[maybe_unused]] Await<Account> open(Account account) {
  return Await<Account>(std::move(account));
}

[[maybe_unused]] Await<std::vector<Text>> names(std::vector<Text> list) {
  return Await<std::vector<Text>>(std::move(list));
}

template <class F>
Await<int> after(F f) {
  return answer(f());
}

void check(int shape, Method (*start)()) {
  current_shape = shape;
  Method method = start();
  for (int resumptions = 0; !method.handle.done(); ++resumptions) {
    if (resumptions == 20)
      fail("the method does not end");
    method.handle.resume();
  }
  if (method.handle.promise().result != 1)
    fail("wrong result");
  method.handle.destroy();
  Text::expect_none();
}

// shape 1: one co_await a statement, its result named
#if HAS(1)
Method shape_1() {
  const int a = co_await answer(1);
  const int b = co_await answer(a);
  co_return b;
}
#endif

// shape 2: co_await in the condition of an if
#if HAS(2)
Method shape_2() {
  if (co_await answer(1) == 1)
    co_return 1;
  co_return 0;
}
#endif

// shape 3: co_await in the condition of a while
#if HAS(3)
Method shape_3() {
  while (co_await answer(1) != 1) {
  }
  co_return 1;
}
#endif

// shape 4: co_await in a switch
#if HAS(4)
Method shape_4() {
  switch (co_await answer(1)) {
    case 1:
      co_return 1;
    default:
      co_return 0;
  }
}
#endif

// shape 5: an aggregate with designators in the full expression of a co_await
#if HAS(5)
Method shape_5() {
  const int a = co_await transfer({.to = "bob", .amount = 60, .memo = "rent"});
  co_return a;
}
#endif

// shape 6: an aggregate in the full expression of a co_await
#if HAS(6)
Method shape_6() {
  const int a = co_await transfer({"bob", 60, "rent"});
  co_return a;
}
#endif

// shape 7: a lambda that captures by copy in the full expression of a co_await
#if HAS(7)
Method shape_7() {
  const Text name = "bob";
  const int a = co_await after([name] { return name.size() == 3 ? 1 : 0; });
  co_return a;
}
#endif

// shape 8: a braced list for a vector parameter in the full expression of a co_await
#if HAS(8)
Method shape_8() {
  const int a = co_await names({"alice", "bob"});
  co_return a;
}
#endif

// shape 9: a braced argument of a class with a constructor
#if HAS(9)
Method shape_9() {
  const int a = co_await open({"bob", 1});
  co_return a;
}
#endif

// shape 10: an awaitable that is named first and awaited later
#if HAS(10)
Method shape_10() {
  auto sent = transfer({.to = "bob", .amount = 60, .memo = "rent"});
  const int a = co_await sent;
  co_return a;
}
#endif

// shape 11: co_await in the branches of an if and of a switch
#if HAS(11)
Method shape_11() {
  int a = 0;
  if (a == 0) {
    a = co_await answer(1);
  } else {
    co_await answer(2);
  }
  switch (a) {
    case 1: {
      const int b = co_await answer(1);
      co_return b;
    }
    default:
      co_return 0;
  }
}
#endif

// shape 12: co_await in a loop, in a try, with an exception caught behind it
#if HAS(12)
Method shape_12() {
  int caught = 0;
  for (int i = 0; i < 3; ++i) {
    const Text name = "bob";
    try {
      const int a = co_await answer(i);
      if (a == 1)
        throw Text("reject");
    } catch (const Text& reject) {
      caught += static_cast<int>(reject.size() / 6);
    }
  }
  co_return caught;
}
#endif

// shape 13: parameters by value that own memory
#if HAS(13)
Method with_parameters(Text from, std::vector<Text> to) {
  co_await open({from, static_cast<int>(to.size())});
  co_return from.size() == 5 && to.size() == 2 ? 1 : 0;
}

Method shape_13() {
  return with_parameters("alice", {"bob", "carol"});
}
#endif

// shape 14: two co_await in one expression
#if HAS(14)
Method shape_14() {
  const int sum = co_await answer(2) + co_await answer(-1);
  co_return sum;
}
#endif

// shape 15: co_await in both arms of a conditional expression and behind &&
#if HAS(15)
Method shape_15() {
  const Text name = "bob";
  const int a = name.size() == 3 ? co_await answer(1) : co_await answer(2);
  const bool both = a == 1 && co_await answer(1) == 1;
  co_return both ? 1 : 0;
}
#endif

// shape 16: a frame discarded while it is suspended
#if HAS(16)
Method discarded() {
  const Text name = "bob";
  const int a = co_await open({name, 1});
  co_return a;
}

Method shape_16() {
  Method method = discarded();
  method.handle.resume();
  method.handle.destroy();
  Text::expect_none();
  return [](int result) -> Method { co_return result; }(1);
}
#endif

}  // namespace

int main() {
#if HAS(1)
  check(1, shape_1);
#endif
#if HAS(2)
  check(2, shape_2);
#endif
#if HAS(3)
  check(3, shape_3);
#endif
#if HAS(4)
  check(4, shape_4);
#endif
#if HAS(5)
  check(5, shape_5);
#endif
#if HAS(6)
  check(6, shape_6);
#endif
#if HAS(7)
  check(7, shape_7);
#endif
#if HAS(8)
  check(8, shape_8);
#endif
#if HAS(9)
  check(9, shape_9);
#endif
#if HAS(10)
  check(10, shape_10);
#endif
#if HAS(11)
  check(11, shape_11);
#endif
#if HAS(12)
  check(12, shape_12);
#endif
#if HAS(13)
  check(13, shape_13);
#endif
#if HAS(14)
  check(14, shape_14);
#endif
#if HAS(15)
  check(15, shape_15);
#endif
#if HAS(16)
  check(16, shape_16);
#endif
}
