/// Canisters written as coroutines, run as a `Program`.
///
/// A suspended context is stored as its log and grown again by replaying that log: the method
/// starts from the beginning, and every operation gives what it gave before, until the await where
/// the log ends. Frames that have just suspended are kept, a bounded number of them, by (method,
/// arguments, log) and taken instead of replaying.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <heddle/model/canister.h>
#include <heddle/model/program.h>
#include <heddle/model/ref.h>
#include <heddle/model/view.h>

namespace heddle {

class CoroutineProgram : public Program, private NameSource {
 public:
  struct Options {
    /// How many suspended frames are kept; 0: every resumption replays.
    std::size_t frames_max = 1024;
    /// A piece that runs longer than this ends the run; 0: none does.
    std::uint64_t piece_ms_max = 10'000;
  };

  struct Statistics {
    std::uint64_t pieces = 0;   ///< pieces run
    std::uint64_t replays = 0;  ///< of these, how many had to grow their context again
    std::uint64_t taken = 0;    ///< how many went on in a frame that was kept
  };

  /// `object_bytes`: sizeof of the canister's class. Throws Misuse if it cannot be installed.
  CoroutineProgram(std::unique_ptr<Canister> canister, std::size_t object_bytes, CanisterId id,
                   std::string name, std::string made_from = {});
  ~CoroutineProgram() override;

  [[nodiscard]] const ProgramInfo& info() const override { return info_; }

  void run(View& view) override { execute(view); }

  std::string query(View& view, CanisterId self, std::string_view method,
                    std::string_view arguments) override;

  void connect(std::shared_ptr<const Directory> directory) override;
  void grant_management() override;
  /// `next` may be installed in place of this code, or of what follows it already. It has the same
  /// methods and variables, in the same order, and perhaps more after them. Throws Misuse if not.
  void followed_by(const std::shared_ptr<CoroutineProgram>& next);
  void set_options(const Options& options);

  [[nodiscard]] const Canister& canister() const { return *canister_; }

  /// The canister as its own class. Throws Misuse if it is of another.
  template <class C>
  [[nodiscard]] const C& as() const {
    const auto* const canister = dynamic_cast<const C*>(canister_.get());
    if (canister == nullptr) {
      throw_other_class(typeid(C).name());
    }
    return *canister;
  }

  template <class C>
  [[nodiscard]] Ref<C> ref() const {
    return Ref<C>(canister_->heddle_id());
  }

  [[nodiscard]] Statistics statistics() const;

 private:
  class Frames;
  friend std::string run_query(View& view, const CoroutineProgram& program,
                               const internal::MethodKey& method, const std::string& arguments);

  [[nodiscard]] std::string canister_name(CanisterId canister) const override;
  [[nodiscard]] std::string method_name(CanisterId canister, MethodId method) const override;
  [[nodiscard]] std::string variable_name(CanisterId canister,
                                          std::uint32_t variable) const override;
  [[nodiscard]] std::string call_text(CanisterId canister, MethodId method,
                                      std::string_view arguments) const override;
  [[nodiscard]] std::string answer_of(View& view, MethodId method,
                                      std::string_view arguments) const;
  [[noreturn]] static void throw_other_class(std::string_view asked);

  void describe();
  void check_follows(const CoroutineProgram& first) const;
  void remember_object();
  void check_object() const;
  /// Running changes nothing that can be seen of the program, only what it keeps and counts.
  void execute(View& view) const;
  void run_piece(View& view) const;
  void clean_up(View& view, std::unique_ptr<internal::Frame> frame, bool kept) const;
  [[nodiscard]] std::unique_ptr<internal::Frame> grow(View& view, MethodId method,
                                                      std::string_view arguments) const;
  [[nodiscard]] std::string place(const View& view) const;

  std::unique_ptr<Canister> canister_;
  std::size_t object_bytes_;
  std::vector<std::byte> object_;  ///< the canister's bytes at installation
  std::string name_;
  ProgramInfo info_;
  std::shared_ptr<const Directory> directory_;
  std::shared_ptr<CoroutineProgram> next_;
  bool is_managed_ = false;
  Options options_;
  std::unique_ptr<Frames> frames_;
  mutable std::atomic<std::uint64_t> pieces_{0};
  mutable std::atomic<std::uint64_t> replays_{0};
  mutable std::atomic<std::uint64_t> taken_{0};
};

namespace internal {

/// For ProgramInfo::made_from.
template <class T>
void add_made_from(std::string& bytes, const T& argument) {
  if constexpr (std::is_base_of_v<AnyRef, T>) {
    bytes += to_bytes(AnyRef(argument));
  } else if constexpr (!std::is_array_v<T> && Encodable<T>) {
    bytes += to_bytes(argument);
  }
}

}  // namespace internal

/// Installs a canister of class `C`, made from `arguments`, under a number and a name.
template <class C, class... A>
std::shared_ptr<CoroutineProgram> make_program(CanisterId id, std::string name, A&&... arguments) {
  static_assert(std::is_base_of_v<Canister, C>,
                "heddle: a canister class derives from heddle::Canister or heddle::RustCanister");
  static_assert(
      !std::is_base_of_v<Canister, C> || CanisterClass<C>,
      "heddle: the class lists no methods: write HEDDLE_CANISTER(Class, method, ...) in it");
  if constexpr (CanisterClass<C>) {
    std::string made_from;
    (internal::add_made_from(made_from, arguments), ...);
    return std::make_shared<CoroutineProgram>(std::make_unique<C>(std::forward<A>(arguments)...),
                                              sizeof(C), id, std::move(name), std::move(made_from));
  } else {
    return nullptr;
  }
}

/// Runs a query of an installed canister to its end against the committed state that `view` shows,
/// for properties. Throws Misuse if it traps or rejects.
std::string run_query(View& view, const CoroutineProgram& program,
                      const internal::MethodKey& method, const std::string& arguments);

template <class T, class B, class... A>
T run_query(View& view, const CoroutineProgram& program, Query<T> (B::*method)(A...),
            std::type_identity_t<A>... arguments) {
  return from_bytes<T>(run_query(view, program, internal::MethodKey(method),
                                 to_bytes(std::tuple<A...>(arguments...))));
}

template <class T, class B, class... A>
T run_query(View& view, const CoroutineProgram& program, Query<T> (B::*method)(A...) const,
            std::type_identity_t<A>... arguments) {
  return from_bytes<T>(run_query(view, program, internal::MethodKey(method),
                                 to_bytes(std::tuple<A...>(arguments...))));
}

}  // namespace heddle
