#include <algorithm>

#include <fmt/format.h>

#include <heddle/checker/internal/piece_symmetry.h>
#include <heddle/checker/symmetry.h>

namespace heddle::internal {

namespace {

/// Beyond so many pieces that differ by names it is not worth it.
constexpr std::size_t kPiecesMax = 1'000'000;

/// Words that are compared, and nothing else.
class Words {
 public:
  Words& add(std::uint64_t word) {
    bytes_.append(reinterpret_cast<const char*>(&word), sizeof word);
    return *this;
  }

  Words& add(const Answer& answer) {
    return add(answer.value).add(static_cast<std::uint64_t>(answer.code));
  }

  Words& add(const Await& await) {
    add(static_cast<std::uint64_t>(await.kind)).add(await.via_helper ? 1 : 0);
    return add(await.calls);
  }

  Words& add(const std::vector<CallIndex>& calls) {
    add(calls.size());
    for (const CallIndex call : calls) {
      add(call);
    }
    return *this;
  }

  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

std::string words_of(const PieceInput& input, const PieceSymmetry::Consulted& consulted) {
  Words words;
  words.add(static_cast<std::uint64_t>(input.mode))
      .add(input.canister)
      .add(input.method)
      .add(input.arguments)
      .add(input.log)
      .add(input.await)
      .add(input.answers.size());
  for (const Answer& answer : input.answers) {
    words.add(answer);
  }
  words.add(input.resumed_call).add(input.next_call).add(input.query ? 1 : 0).add(input.trap_after);
  for (const auto& [question, answer] : consulted) {
    words.add(static_cast<std::uint64_t>(question.kind))
        .add(question.canister)
        .add(question.subject.variable)
        .add(question.subject.key)
        .add(question.detail)
        .add(answer);
  }
  return words.take();
}

/// All that outlives the piece; not where in the source it was done. Where a trap may come after
/// any write, how many there are is seen as well.
std::string words_of(const PieceInput& input, const Effects& effects) {
  Words words;
  words.add(static_cast<std::uint64_t>(effects.end))
      .add(effects.response)
      .add(effects.trap_expected ? 1 : 0)
      .add(effects.send_failure_unhandled ? 1 : 0)
      .add(effects.method)
      .add(effects.arguments)
      .add(effects.log)
      .add(effects.await)
      .add(effects.next_call)
      .add(effects.continued ? 1 : 0)
      .add(effects.taken)
      .add(effects.released)
      .add(effects.timer ? 1 + *effects.timer : 0)
      .add(input.trap_keeps_writes ? effects.write_count : 0);
  auto writes = effects.writes;
  std::ranges::sort(writes);
  words.add(writes.size());
  for (const auto& [subject, value] : writes) {
    words.add(subject.variable).add(subject.key).add(value);
  }
  words.add(effects.sends.size());
  for (const Send& send : effects.sends) {
    words.add(send.callee)
        .add(send.callee_principal)
        .add(send.method)
        .add(send.method_name)
        .add(send.arguments)
        .add(send.index)
        .add((send.accepted ? 1U : 0U) | (send.deferred ? 2U : 0U) | (send.one_way ? 4U : 0U))
        .add(send.timeout ? 1 + *send.timeout : 0);
  }
  words.add(effects.resolutions.size());
  for (const Resolution& resolution : effects.resolutions) {
    words.add(resolution.handle).add(resolution.answer);
  }
  return words.take();
}

/// Gives the answers that it was given, whatever the order of the questions.
class Prepared : public ObservationSource {
 public:
  explicit Prepared(const PieceSymmetry::Consulted& consulted) : consulted_(consulted) {}

  std::uint32_t answer(const Observation& question) override {
    const auto known =
        std::ranges::find(consulted_, question, &std::pair<Observation, std::uint32_t>::first);
    if (known == consulted_.end()) {
      throw Misuse("it asked something else");
    }
    return known->second;
  }

 private:
  const PieceSymmetry::Consulted& consulted_;
};

}  // namespace

PieceSymmetry::Piece PieceSymmetry::renamed(const Piece& piece, Permutation how) {
  Piece other = piece;
  PieceInput& input = other.input;
  input.canister = renamer_.canister(input.canister, how);
  input.arguments = renamer_.value(input.arguments, how);
  input.log = renamer_.log(input.log, how);
  for (Answer& answer : input.answers) {
    answer = renamer_.answer(answer, how);
  }
  for (auto& [question, answer] : other.consulted) {
    question.canister = renamer_.canister(question.canister, how);
    switch (question.kind) {
      case ObservationKind::kVariable:
        question.subject = renamer_.subject(question.subject, how);
        answer = question.subject.key == Subject::kKeySet ? renamer_.key_set(answer, how)
                                                          : renamer_.value(answer, how);
        break;
      case ObservationKind::kComplete:
        answer = answer == 0 ? 0 : 1 + renamer_.answer_id(answer - 1, how);
        break;
      case ObservationKind::kCaller:
      case ObservationKind::kContext:
        answer = renamer_.value(answer, how);
        break;
      case ObservationKind::kDeferred:
        question.detail = renamer_.value(question.detail, how);
        break;
      default:
        break;
    }
  }
  std::ranges::sort(other.consulted);
  Effects& effects = other.effects;
  effects.response = renamer_.answer(effects.response, how);
  effects.arguments = renamer_.value(effects.arguments, how);
  effects.log = renamer_.log(effects.log, how);
  for (auto& [subject, value] : effects.writes) {
    subject = renamer_.subject(subject, how);
    value = renamer_.value(value, how);
  }
  for (Send& send : effects.sends) {
    send.callee = renamer_.canister(send.callee, how);
    send.callee_principal = renamer_.value(send.callee_principal, how);
    send.method_name = renamer_.value(send.method_name, how);
    send.arguments = renamer_.value(send.arguments, how);
  }
  for (Resolution& resolution : effects.resolutions) {
    resolution.handle = renamer_.value(resolution.handle, how);
    resolution.answer = renamer_.answer(resolution.answer, how);
  }
  return other;
}

bool PieceSymmetry::runs_so(const Piece& piece) {
  Kernel& kernel = renamer_.kernel();
  const Installed& where = kernel.system().canisters[piece.input.canister];
  Prepared source(piece.consulted);
  View view(kernel.tables(), source, where.program->info().dialect, piece.input);
  try {
    where.program->run(view);
    return words_of(piece.input, view.finish()) == words_of(piece.input, piece.effects);
  } catch (const BrokenInvariant&) {
    throw;
  } catch (...) {
    return false;  // it asked something else, or could not read a renamed value
  }
}

void PieceSymmetry::refuse(const Piece& piece, Permutation how) {
  // Two of them; users, who come first, take their calls along.
  std::vector<std::string> names;
  for (unsigned member = 0; member < renamer_.size() && names.size() < 2; ++member) {
    if (how[member] != member) {
      names.push_back(renamer_.name(member));
    }
  }
  known_.clear();
  const Installed& where = renamer_.kernel().system().canisters[piece.input.canister];
  const auto& methods = where.program->info().methods;
  const std::string method =
      piece.input.method < methods.size() ? methods[piece.input.method].name : std::string("?");
  throw NotSymmetric(
      fmt::format("{}.{} does not treat {} alike", where.name, method, fmt::join(names, " and ")),
      NotSymmetric::whom(renamer_, how));
}

void PieceSymmetry::check(const PieceInput& input,
                          std::span<const std::pair<Observation, std::uint32_t>> consulted,
                          const Effects& effects) {
  std::vector<Piece> unchecked{{input, {consulted.begin(), consulted.end()}, effects}};
  std::ranges::sort(unchecked.back().consulted);
  if (!known_.try_emplace(words_of(input, unchecked.back().consulted), words_of(input, effects))
           .second) {
    return;
  }
  while (!unchecked.empty()) {
    const Piece piece = std::move(unchecked.back());
    unchecked.pop_back();
    for (const Permutation how : generators_) {
      Piece other = renamed(piece, how);
      const std::string expected = words_of(other.input, other.effects);
      std::string words = words_of(other.input, other.consulted);
      if (const auto known = known_.find(words); known != known_.end()) {
        if (known->second != expected) {
          refuse(piece, how);
        }
        continue;
      }
      if (known_.size() >= kPiecesMax || !runs_so(other)) {
        refuse(piece, how);
      }
      known_.emplace(std::move(words), expected);
      unchecked.push_back(std::move(other));
    }
  }
}

}  // namespace heddle::internal
