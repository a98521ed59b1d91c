#include <map>
#include <string>

#include <fmt/format.h>

#include <heddle/model/coroutine_program.h>
#include <heddle/model/shown.h>
#include <heddle/model/view.h>
#include <heddle/suite/install_model.h>
#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>

namespace heddle {
namespace {

/// A canister in C++ whose messages traces show in Candid's text.
class CandidModel : public CoroutineProgram {
 public:
  CandidModel(std::unique_ptr<Canister> canister, std::size_t object_bytes, CanisterId id,
              const std::string& name)
      : CoroutineProgram(std::move(canister), object_bytes, id, name) {}

  [[nodiscard]] const ProgramInfo& info() const override { return shown_; }

  void connect(std::shared_ptr<const Directory> directory) override {
    CoroutineProgram::connect(std::move(directory));
    describe();
  }

  void grant_management() override {
    CoroutineProgram::grant_management();
    describe();
  }

  void speak(std::shared_ptr<const CandidCanister> speaker) {
    speaker_ = std::move(speaker);
    describe();
  }

 private:
  void describe() {
    shown_ = CoroutineProgram::info();
    for (MethodInfo& method : shown_.methods) {
      if (!speaker_->interface().method(method.name)) {
        continue;
      }
      method.show_arguments = [speaker = speaker_, called = method.name](std::string_view bytes) {
        return Shown{Shown::Kind::kName, speaker->arguments_text(called, bytes)};
      };
      method.show_reply = [speaker = speaker_, called = method.name](std::string_view bytes) {
        return Shown{Shown::Kind::kName, speaker->reply_text(called, bytes)};
      };
    }
  }

  std::shared_ptr<const CandidCanister> speaker_;
  ProgramInfo shown_;
};

}  // namespace

CandidRef install_model(Scenario& scenario, std::string_view canister,
                        ModelInstallation installation, std::unique_ptr<Canister> object,
                        std::size_t object_bytes) {
  const std::string name(canister);
  candid::Interface interface;
  try {
    interface = candid::parse_did(installation.candid, {.source = name, .load = {}});
  } catch (const candid::CandidError& error) {
    throw Misuse(fmt::format("{}: its Candid interface cannot be read: {}", name, error.what()));
  }
  auto program = std::make_shared<CandidModel>(std::move(object), object_bytes,
                                               scenario.next_canister(canister), name);
  std::map<std::string, CandidCanister::ModelMessages, std::less<>> messages;
  for (const MethodInfo& method : program->CoroutineProgram::info().methods) {
    messages[method.name] = {method.arguments_type, method.reply_type};
  }
  auto speaker = std::make_shared<const CandidCanister>(
      name, std::move(interface), std::move(installation.names), std::move(messages));
  program->speak(speaker);
  return {scenario.install_program(canister, std::move(program), installation.id), speaker};
}

}  // namespace heddle
