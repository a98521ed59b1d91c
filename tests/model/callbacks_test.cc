// Programs whose code goes on in callbacks, as that of compiled canisters does: rules C3-C9 of
// ic-semantics.md for a program that keeps its own continuation.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/model/trap.h>

#include "model/rule_fixture.h"

namespace heddle::rules {
namespace {

/// Runs what a test writes: `start`, `callback` for each response, `cleanup` after a callback's
/// trap. Its continuation is the list of its open calls and whether it has replied.
class Scripted : public Program {
 public:
  struct Piece {
    View& view;
    std::vector<CallIndex>& open;

    void send(Nat n) {
      Send send;
      send.callee = 0;
      send.method = 0;
      send.arguments = view.tables().values.intern(to_bytes(std::tuple<Nat>(n)));
      if (const auto index = view.send(send)) {
        open.push_back(*index);
      }
    }

    void reply(Nat n) { view.reply(view.tables().values.intern(to_bytes(n))); }

    void put(Nat n) { view.write(view.canister(), {}, intern(n), nullptr); }

    [[nodiscard]] Nat get() { return from_bytes<Nat>(view.tables().values[view.look({})]); }

    ValueId intern(const Nat& n) { return view.tables().values.intern(to_bytes(n)); }
  };

  using Code = std::function<void(Piece&)>;

  Scripted(Code start, Code callback, Code cleanup = {})
      : start_(std::move(start)), callback_(std::move(callback)), cleanup_(std::move(cleanup)) {
    info_.type_name = "Scripted";
    MethodInfo method;
    method.name = "run";
    method.show_arguments = [](std::string_view) { return Shown{}; };
    method.show_reply = [](std::string_view bytes) { return heddle::show(from_bytes<Nat>(bytes)); };
    info_.methods.push_back(std::move(method));
    VariableInfo variable;
    variable.name = "image";
    variable.initial = to_bytes(Nat(0));
    info_.variables.push_back(std::move(variable));
  }

  [[nodiscard]] const ProgramInfo& info() const override { return info_; }

  void run(View& view) override {
    const View::Scope scope(&view);
    view.begin_callbacks();
    std::vector<CallIndex> open;
    for (const char call : view.continuation()) {
      open.push_back(static_cast<CallIndex>(call));
    }
    std::erase(open, view.input().resumed_call);
    if (view.input().mode == PieceInput::Mode::kStart) {
      open.clear();
    }
    Piece piece{view, open};
    try {
      switch (view.input().mode) {
        case PieceInput::Mode::kStart:
          start_(piece);
          break;
        case PieceInput::Mode::kResume:
          callback_(piece);
          break;
        case PieceInput::Mode::kCleanup:
          if (cleanup_) {
            cleanup_(piece);
          }
          break;
      }
    } catch (const Trap&) {
      return;
    }
    if (!open.empty()) {
      view.wait_for_each(open, std::string(open.begin(), open.end()));
    }
  }

 private:
  ProgramInfo info_;
  Code start_;
  Code callback_;
  Code cleanup_;
};

/// The server, canister 0, and one scripted canister that alice calls.
class Callbacks {
 public:
  explicit Callbacks(Scripted::Code start, Scripted::Code callback, Scripted::Code cleanup = {}) {
    setting.install<Server>("server");
    const auto program =
        std::make_shared<Scripted>(std::move(start), std::move(callback), std::move(cleanup));
    Installed installed;
    installed.name = "script";
    installed.principal = Principal::named("script");
    installed.program = program;
    setting.system.canisters.push_back(installed);
    setting.user("alice").calls.push_back({1, 0, to_bytes(std::tuple<>())});
  }

  Walk walk() { return Walk(setting, {.memo = true, .recheck_every = 1}); }

  static Nat image(Walk& walk) {
    return from_bytes<Nat>(walk.kernel.tables().values[walk.leaf({LeafKind::kVariable, 1, 0, 0})]);
  }

  Setting setting;
};

void send_two(Scripted::Piece& piece) {
  piece.send(1);
  piece.send(2);
}

void serve_both(Walk& walk) {
  walk.perform("start script>server", "start script>server");
}

TEST(Callbacks, EachResponseRunsCodeOfItsOwn) {
  Callbacks system(send_two, [](Scripted::Piece& piece) {
    piece.put(piece.get() + 1);
    if (piece.open.empty()) {
      piece.reply(piece.get());
    }
  });
  Walk walk = system.walk();
  walk.perform("start alice#1");
  serve_both(walk);
  walk.perform("deliver alice#1/2");
  EXPECT_EQ(Callbacks::image(walk), 1);
  EXPECT_EQ(walk.result("alice#1"), "");
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "2");
  EXPECT_EQ(walk.open_contexts(AnyRef(1)), 0U);
  EXPECT_EQ(walk.in_flight(AnyRef(1), AnyRef(0)), 0U);
}

TEST(Callbacks, BothOrdersOfResponsesAreExplored) {
  Callbacks system(send_two, [](Scripted::Piece& piece) {
    piece.put(piece.get() * 2 + piece.view.input().resumed_call);
    if (piece.open.empty()) {
      piece.reply(piece.get());
    }
  });
  Walk walk = system.walk();
  const Explored explored = explore(walk, [&] { return walk.result("alice#1"); });
  EXPECT_EQ(explored.outcomes, (Outcomes{"1", "2"}));
}

TEST(Callbacks, AnEarlyReplyLeavesAtOnceAndTheContextLivesOn) {
  Callbacks system(
      [](Scripted::Piece& piece) {
        send_two(piece);
        piece.reply(7);
      },
      [](Scripted::Piece& piece) { piece.put(piece.get() + 1); });
  Walk walk = system.walk();
  walk.perform("start alice#1");
  EXPECT_EQ(walk.result("alice#1"), "7");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kSuspended);
  serve_both(walk);
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "7");
  walk.perform("deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "7");
  EXPECT_EQ(walk.phase("alice#1"), Phase::kFinished);
  EXPECT_EQ(Callbacks::image(walk), 2);
}

TEST(Callbacks, WithoutAReplyTheSystemAnswersAndTheStateStays) {
  Callbacks system(send_two, [](Scripted::Piece& piece) { piece.put(5); });
  Walk walk = system.walk();
  walk.perform("start alice#1");
  serve_both(walk);
  walk.perform("deliver alice#1/1", "deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: canister did not reply");
  EXPECT_EQ(Callbacks::image(walk), 5);
}

TEST(Callbacks, ATrapWithSiblingsOpenWaitsAndASiblingMayStillReply) {
  Callbacks system(send_two, [](Scripted::Piece& piece) {
    if (!piece.open.empty()) {
      piece.put(99);
      piece.view.trap("first");
    }
    piece.reply(3);
  });
  Walk walk = system.walk();
  walk.perform("start alice#1");
  serve_both(walk);
  walk.perform("deliver alice#1/2");
  EXPECT_EQ(Callbacks::image(walk), 0);
  EXPECT_EQ(walk.phase("alice#1"), Phase::kSuspended);
  EXPECT_EQ(walk.result("alice#1"), "");
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "3");
}

TEST(Callbacks, TheLastCallbacksTrapIsTheAnswer) {
  Callbacks system(send_two, [](Scripted::Piece& piece) { piece.view.trap("boom"); });
  Walk walk = system.walk();
  walk.perform("start alice#1");
  serve_both(walk);
  walk.perform("deliver alice#1/2");
  EXPECT_EQ(walk.result("alice#1"), "");
  walk.perform("deliver alice#1/1");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: boom");
  EXPECT_EQ(walk.open_contexts(AnyRef(1)), 0U);
}

TEST(Callbacks, CleanupKnowsItsCallAndItsWritesStay) {
  Callbacks system(
      send_two, [](Scripted::Piece& piece) { piece.view.trap("boom"); },
      [](Scripted::Piece& piece) {
        piece.put(piece.get() * 10 + piece.view.input().resumed_call + 1);
      });
  Walk walk = system.walk();
  walk.perform("start alice#1");
  serve_both(walk);
  walk.perform("deliver alice#1/2", "deliver alice#1/1");
  EXPECT_EQ(Callbacks::image(walk), 21);
}

TEST(Callbacks, AnInjectedTrapIsFollowedByCleanupAsWell) {
  Callbacks system([](Scripted::Piece& piece) { piece.send(1); },
                   [](Scripted::Piece& piece) { piece.reply(1); },
                   [](Scripted::Piece& piece) { piece.put(8); });
  system.setting.system.faults.callback_traps = 1;
  Walk walk = system.walk();
  walk.perform("start alice#1", "start script>server", "deliver alice#1/1 trap");
  EXPECT_EQ(walk.result("alice#1"), "CANISTER_ERROR: injected trap");
  EXPECT_EQ(Callbacks::image(walk), 8);
}

TEST(Callbacks, ACallbackMaySendAndTheContextWaitsOn) {
  Callbacks system([](Scripted::Piece& piece) { piece.send(1); },
                   [](Scripted::Piece& piece) {
                     if (piece.get() < 2) {
                       piece.put(piece.get() + 1);
                       piece.send(1);
                     } else {
                       piece.reply(piece.get());
                     }
                   });
  Walk walk = system.walk();
  walk.run_on();
  EXPECT_EQ(walk.result("alice#1"), "2");
}

}  // namespace
}  // namespace heddle::rules
