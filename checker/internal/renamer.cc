#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <heddle/checker/internal/renamer.h>

namespace heddle::internal {

namespace {

constexpr char kNameEnd = 0x7f;
/// Sizes below it are no printable characters, so where a name begins is seen.
constexpr unsigned kSizesEnd = 0x20;

std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ hash >> 32U) * 0x9fb21c651e98df25ULL;
  return hash ^ hash >> 29U;
}

std::vector<ValueId> ids_of(std::string_view bytes) {
  std::vector<ValueId> ids(bytes.size() / sizeof(ValueId));
  if (!ids.empty()) {
    std::memcpy(ids.data(), bytes.data(), bytes.size());
  }
  return ids;
}

bool continues_name(char c) {
  return (c >= '0' && c <= '9') || c == '/' || c == '#' || c == 'h';
}

}  // namespace

void Content::word(std::uint32_t word) {
  elements_.back().bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
}

void Content::bytes(std::string_view bytes) {
  elements_.back().bytes.append(bytes);
}

void Content::member(unsigned member) {
  Element& element = elements_.back();
  element.members.emplace_back(static_cast<std::uint32_t>(element.bytes.size()),
                               static_cast<std::uint8_t>(member));
  element.bytes.push_back('\0');
  members_ |= MemberMask{1} << member;
}

void Content::next_element() {
  elements_.emplace_back();
}

std::uint64_t Content::hash(const Roles& roles) const {
  std::uint64_t all = 0;
  for (const Element& element : elements_) {
    std::uint64_t hash = element.bytes.size();
    auto member = element.members.begin();
    for (std::uint32_t at = 0; at < element.bytes.size(); ++at) {
      std::uint32_t unit = static_cast<unsigned char>(element.bytes[at]);
      if (member != element.members.end() && member->first == at) {
        unit = 0x100U + roles[member->second];
        ++member;
      }
      hash = (hash ^ unit) * 0x100000001b3ULL;
      hash ^= hash >> 31U;
    }
    all = is_set_ ? all + mixed(hash) : mixed(all + hash);
  }
  return mixed(all);
}

Renamer::Renamer(Kernel& kernel, const Claims& claims, std::vector<std::uint32_t> users,
                 std::vector<ScriptCall> calls)
    : kernel_(kernel), claims_(claims), users_(std::move(users)), calls_(std::move(calls)) {
  members_.resize(kernel.system().users.size());
  for (const std::uint32_t user : users_) {
    members_[user] = static_cast<unsigned>(names_.size());
    names_.push_back(kernel.system().users[user].name);
    one_length_ = one_length_ && names_.back().size() == names_.front().size();
  }
  named_ = users_;
  for (const ScriptCall& call : calls_) {
    if (std::ranges::find(named_, call.user) == named_.end()) {
      named_.push_back(call.user);
    }
  }
}

std::string Renamer::name(unsigned member) const {
  if (member < names_.size()) {
    return names_[member];
  }
  const ScriptCall call = calls_[member - names_.size()];
  return fmt::format("{}#{}", kernel_.system().users[call.user].name, call.number + 1);
}

std::optional<unsigned> Renamer::member_named(std::string_view name) const {
  const auto known = std::ranges::find(names_, name);
  return known == names_.end() ? std::nullopt
                               : std::optional(static_cast<unsigned>(known - names_.begin()));
}

std::optional<unsigned> Renamer::member_of_call(ScriptCall call) const {
  const auto known = std::ranges::find(calls_, call);
  return known == calls_.end() ? std::nullopt
                               : std::optional(static_cast<unsigned>(names_.size()) +
                                               static_cast<unsigned>(known - calls_.begin()));
}

/// Of a context that comes from somebody who may be renamed.
bool Renamer::is_context_name(std::string_view text) const {
  const std::size_t hash = text.find('#');
  if (hash == std::string_view::npos || !std::ranges::all_of(text.substr(hash), continues_name)) {
    return false;
  }
  return std::ranges::any_of(named_, [&](std::uint32_t user) {
    return kernel_.system().users[user].name == text.substr(0, hash);
  });
}

template <class Plain, class Found>
void Renamer::scan_context_name(std::string_view text, const Plain& plain,
                                const Found& found) const {
  const std::string_view name = text.substr(0, text.find('#'));
  const auto user = std::ranges::find_if(
      named_, [&](std::uint32_t each) { return kernel_.system().users[each].name == name; });
  if (const auto member = members_[*user]) {
    found(*member, Form::kName);
  } else {
    plain(name);
  }
  std::string_view rest = text.substr(name.size());
  const bool one_digit =
      rest.size() > 1 && rest[1] > '0' && rest[1] <= '9' && (rest.size() == 2 || rest[2] == '/');
  const auto call =
      one_digit ? member_of_call({*user, static_cast<std::uint32_t>(rest[1] - '1')}) : std::nullopt;
  if (call) {
    plain(rest.substr(0, 1));
    found(*call, Form::kNumber);
    rest.remove_prefix(2);
  }
  plain(rest);
}

template <class Plain, class Found>
void Renamer::scan(std::string_view bytes, const Plain& plain, const Found& found) const {
  if (is_context_name(bytes)) {
    scan_context_name(bytes, plain, found);
    return;
  }
  std::size_t done = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
    const auto size = static_cast<unsigned char>(bytes[at]);
    if (at < done || size < 2 || size >= kSizesEnd || at + size >= bytes.size()) {
      continue;
    }
    const std::string_view body = bytes.substr(at + 1, size);
    if (body.back() == kNameEnd) {
      if (const auto member = member_named(body.substr(0, body.size() - 1))) {
        plain(bytes.substr(done, at - done));
        found(*member, Form::kPrincipal);
        done = at + size + 1;
      }
    } else if (one_length_ && is_context_name(body)) {
      // In the handle of a Deferred. Among names of several lengths the size would change, and with
      // it whether it is seen.
      plain(bytes.substr(done, at + 1 - done));
      scan_context_name(body, plain, found);
      done = at + size + 1;
    }
  }
  plain(bytes.substr(done));
}

std::string Renamer::renamed(std::string_view bytes, Permutation how) const {
  std::string result;
  scan(
      bytes, [&](std::string_view plain) { result += plain; },
      [&](unsigned member, Form form) {
        switch (form) {
          case Form::kPrincipal:
            result += static_cast<char>(names_[how[member]].size() + 1);
            result += names_[how[member]];
            result += kNameEnd;
            break;
          case Form::kName:
            result += names_[how[member]];
            break;
          case Form::kNumber:
            result += static_cast<char>('1' + calls_[how[member] - names_.size()].number);
            break;
        }
      });
  return result;
}

std::string Renamer::without_names(std::string_view bytes) const {
  std::string result;
  scan(
      bytes, [&](std::string_view plain) { result += plain; },
      [&](unsigned, Form) { result += '\0'; });
  return result;
}

std::uint32_t Renamer::user(std::uint32_t user, Permutation how) const {
  const auto member = members_[user];
  return member ? users_[how[*member]] : user;
}

MemberMask Renamer::members_of_value(ValueId value) const {
  MemberMask members = 0;
  if (value != 0) {
    scan(
        kernel_.tables().values[value], [](std::string_view) {},
        [&](unsigned member, Form) { members |= MemberMask{1} << member; });
  }
  return members;
}

MemberMask Renamer::members_of_context(ContextId context) const {
  for (; context != 0; context = kernel_.origin(context).parent) {
    const ContextOrigin origin = kernel_.origin(context);
    if (origin.kind == ContextOrigin::Kind::kIngress) {
      const auto user = members_[origin.user];
      const auto call = member_of_call({origin.user, origin.number});
      return (user ? MemberMask{1} << *user : 0) | (call ? MemberMask{1} << *call : 0);
    }
  }
  return 0;
}

ValueId Renamer::value(ValueId value, Permutation how) {
  if (members_of_value(value) == 0) {
    return value;
  }
  return kernel_.tables().values.intern(renamed(kernel_.tables().values[value], how));
}

ValueId Renamer::key_set(ValueId key_set, Permutation how) {
  if (key_set == 0) {
    return 0;
  }
  std::vector<ValueId> keys = ids_of(kernel_.tables().values[key_set]);
  for (ValueId& key : keys) {
    key = value(key, how);
  }
  std::ranges::sort(keys);
  return kernel_.tables().values.intern(
      {reinterpret_cast<const char*>(keys.data()), keys.size() * sizeof(ValueId)});
}

Answer Renamer::answer(Answer answer, Permutation how) {
  answer.value = value(answer.value, how);
  return answer;
}

std::uint32_t Renamer::answer_id(std::uint32_t id, Permutation how) {
  const Answer before = kernel_.tables().answer(id);
  const Answer after = answer(before, how);
  return after == before ? id : kernel_.tables().intern(after);
}

LogId Renamer::log(LogId log, Permutation how) {
  return View::map_log(kernel_.tables(), log,
                       [&](View::LogWord kind, std::uint32_t word) -> std::uint32_t {
                         switch (kind) {
                           case View::LogWord::kValue:
                             return value(word, how);
                           case View::LogWord::kKeySet:
                             return key_set(word, how);
                           case View::LogWord::kAnswer:
                             return answer_id(word, how);
                           case View::LogWord::kPlain:
                             break;
                         }
                         return word;
                       });
}

Subject Renamer::subject(Subject subject, Permutation how) {
  if (subject.key != Subject::kKeySet) {
    subject.key = value(subject.key, how);
  }
  return subject;
}

ContextId Renamer::context(ContextId context, Permutation how) {
  if (members_of_context(context) == 0) {
    return context;
  }
  ContextOrigin origin = kernel_.origin(context);
  if (origin.kind == ContextOrigin::Kind::kIngress) {
    if (const auto call = member_of_call({origin.user, origin.number})) {
      origin.number = calls_[how[*call] - names_.size()].number;
    }
    origin.user = user(origin.user, how);
  } else {
    origin.parent = this->context(origin.parent, how);
  }
  return kernel_.context(origin);
}

LeafKey Renamer::key(LeafKey key, Permutation how) {
  switch (key.kind) {
    case LeafKind::kVariable:
      key.c = subject({key.b, key.c}, how).key;
      break;
    case LeafKind::kContext:
    case LeafKind::kOpenCalls:
    case LeafKind::kResubmitted:
      key.b = context(key.b, how);
      break;
    default:
      break;
  }
  return key;
}

std::uint32_t Renamer::request(std::uint32_t id, Permutation how) {
  Request request = kernel_.request(id);
  request.caller = context(request.caller, how);
  request.arguments = value(request.arguments, how);
  request.method_name = value(request.method_name, how);
  return kernel_.intern(request);
}

LeafValue Renamer::queue(LeafValue value, Permutation how) {
  std::vector<std::uint32_t> requests = kernel_.list(value);
  for (std::uint32_t& each : requests) {
    each = request(each, how);
  }
  if (kernel_.system().weakened.overtaking) {
    // Without FIFO the order is that of the names.
    std::ranges::sort(requests, [&](std::uint32_t a, std::uint32_t b) {
      const Request x = kernel_.request(a);
      const Request y = kernel_.request(b);
      return x.caller == y.caller ? x.index < y.index : kernel_.before(x.caller, y.caller);
    });
  }
  return kernel_.intern(requests);
}

std::optional<LeafValue> Renamer::leaf(const LeafKey& key, LeafValue leaf, Permutation how) {
  switch (key.kind) {
    case LeafKind::kVariable:
      return key.c == Subject::kKeySet ? key_set(leaf, how) : value(leaf, how);
    case LeafKind::kContext: {
      ContextState state = kernel_.context_state(leaf);
      state.arguments = value(state.arguments, how);
      state.log = log(state.log, how);
      if (state.result != 0) {
        state.result = 1 + answer_id(state.result - 1, how);
      }
      return kernel_.intern(state);
    }
    case LeafKind::kOpenCalls: {
      std::vector<OpenCall> calls = kernel_.open_calls(leaf);
      for (OpenCall& call : calls) {
        if (call.status != OpenCall::Status::kWaiting) {
          call.answer = answer_id(call.answer, how);
        }
      }
      return kernel_.intern(calls);
    }
    case LeafKind::kQueue:
      return queue(leaf, how);
    case LeafKind::kResubmitted: {
      // The kernel looks for copies by their names, so these must be known.
      ContextOrigin copy = kernel_.origin(context(key.b, how));
      const auto calls = static_cast<std::uint32_t>(kernel_.system().users[copy.user].calls.size());
      for (LeafValue i = 0; i < leaf; ++i) {
        copy.number += calls;
        kernel_.context_leaf(kernel_.context(copy));
      }
      return leaf;
    }
    case LeafKind::kAutomaton: {
      class View : public Renaming {
       public:
        View(Renamer& renamer, Permutation permutation)
            : renamer_(renamer), permutation_(permutation) {}

        [[nodiscard]] std::uint32_t user(std::uint32_t user) const override {
          return renamer_.user(user, permutation_);
        }

        [[nodiscard]] ContextId context(ContextId context) const override {
          return renamer_.context(context, permutation_);
        }

       private:
        Renamer& renamer_;
        Permutation permutation_;
      };

      return claims_.properties[key.a]->renamed(leaf, kernel_, View(*this, how));
    }
    default:
      return leaf;
  }
}

Event Renamer::event(const StateVector& state, Event event, Permutation how) {
  const bool in_queue =
      event.kind == EventKind::kStartRequest || event.kind == EventKind::kRejectRequest;
  if (in_queue && kernel_.system().weakened.overtaking) {
    const LeafValue before = state[kernel_.position({LeafKind::kQueue, event.from, event.to, 0})];
    const std::uint32_t wanted = request(kernel_.list(before)[event.index], how);
    const std::vector<std::uint32_t> after = kernel_.list(queue(before, how));
    event.index = static_cast<std::uint32_t>(std::ranges::find(after, wanted) - after.begin());
  }
  event.context = context(event.context, how);
  return event;
}

void Renamer::write_bytes(Content& content, std::string_view bytes) const {
  // Names may be of several lengths, so theirs do not count.
  std::size_t size = 0;
  scan(
      bytes, [&](std::string_view plain) { size += plain.size(); },
      [&](unsigned, Form) { ++size; });
  content.word(static_cast<std::uint32_t>(size));
  scan(
      bytes, [&](std::string_view plain) { content.bytes(plain); },
      [&](unsigned member, Form) { content.member(member); });
}

void Renamer::write_value(Content& content, ValueId value) const {
  write_bytes(content, value == 0 ? std::string_view() : kernel_.tables().values[value]);
}

void Renamer::write_answer(Content& content, std::uint32_t id) const {
  const Answer answer = kernel_.tables().answer(id);
  content.word(static_cast<std::uint32_t>(answer.code));
  write_value(content, answer.value);
}

void Renamer::write_key_set(Content& content, ValueId key_set) const {
  // A sum over the keys, so that their order, which is that of their ids, does not matter. Which
  // members are among them is added by those who ask.
  for (const ValueId key : ids_of(kernel_.tables().values[key_set])) {
    content.next_element();
    write_value(content, key);
  }
}

void Renamer::write_log(Content& content, LogId log) {
  View::map_log(kernel_.tables(), log,
                [&](View::LogWord kind, std::uint32_t word) -> std::uint32_t {
                  switch (kind) {
                    case View::LogWord::kValue:
                      write_value(content, word);
                      break;
                    case View::LogWord::kKeySet: {
                      content.word(word == 0 ? 0 : 1);
                      if (word != 0) {
                        std::vector<std::string> keys;
                        for (const ValueId key : ids_of(kernel_.tables().values[word])) {
                          keys.emplace_back(kernel_.tables().values[key]);
                        }
                        std::ranges::sort(keys);
                        for (const std::string& key : keys) {
                          write_bytes(content, key);
                        }
                      }
                      break;
                    }
                    case View::LogWord::kAnswer:
                      write_answer(content, word);
                      break;
                    case View::LogWord::kPlain:
                      content.word(word);
                      break;
                  }
                  return word;
                });
}

void Renamer::write_context(Content& content, ContextId context) const {
  if (context == 0) {
    content.word(0);
    return;
  }
  const ContextOrigin origin = kernel_.origin(context);
  content.word(1 + static_cast<std::uint32_t>(origin.kind));
  content.word(origin.canister);
  content.word(origin.index);
  const bool is_ingress = origin.kind == ContextOrigin::Kind::kIngress;
  if (is_ingress) {
    if (const auto member = members_[origin.user]) {
      content.member(*member);
    } else {
      content.word(origin.user);
    }
  }
  if (const auto call = is_ingress ? member_of_call({origin.user, origin.number}) : std::nullopt) {
    content.member(*call);
  } else {
    content.word(origin.number);
  }
  write_context(content, origin.parent);
}

void Renamer::write_context_state(Content& content, LeafValue value) {
  const ContextState state = kernel_.context_state(value);
  content.word(static_cast<std::uint32_t>(state.phase));
  content.word(state.responded ? 1 : 0);
  content.word(state.canister);
  content.word(state.method);
  write_value(content, state.arguments);
  write_log(content, state.log);
  content.word(state.next_call);
  content.word(static_cast<std::uint32_t>(state.await.kind));
  content.word(state.await.via_helper ? 1 : 0);
  for (const CallIndex call : state.await.calls) {
    content.word(call);
  }
  if (state.result != 0) {
    write_answer(content, state.result - 1);
  }
}

Content Renamer::content(const LeafKey& key, LeafValue value) {
  Content content;
  content.word(static_cast<std::uint32_t>(key.kind));
  content.word(key.a);
  switch (key.kind) {
    case LeafKind::kVariable:
      content.word(key.b);
      if (key.c == Subject::kKeySet) {
        content.make_set();
        write_key_set(content, value);
      } else {
        write_value(content, key.c);
        write_value(content, value);
      }
      break;
    case LeafKind::kContext:
      write_context(content, key.b);
      write_context_state(content, value);
      break;
    case LeafKind::kOpenCalls:
      write_context(content, key.b);
      for (const OpenCall& call : kernel_.open_calls(value)) {
        content.word(call.index);
        content.word(call.callee);
        content.word(static_cast<std::uint32_t>(call.status));
        content.word((call.released ? 1U : 0U) | (call.deferred ? 2U : 0U));
        if (call.status != OpenCall::Status::kWaiting) {
          write_answer(content, call.answer);
        }
      }
      break;
    case LeafKind::kQueue:
      content.word(key.b);
      if (kernel_.system().weakened.overtaking) {
        content.make_set();
      }
      for (const std::uint32_t id : kernel_.list(value)) {
        const Request request = kernel_.request(id);
        content.next_element();
        write_context(content, request.caller);
        content.word(request.index);
        content.word(request.method);
        write_value(content, request.method_name);
        write_value(content, request.arguments);
      }
      break;
    case LeafKind::kResubmitted:
      write_context(content, key.b);
      content.word(value);
      break;
    case LeafKind::kAutomaton:
      break;
    default:
      content.word(key.b);
      content.word(value);
      break;
  }
  return content;
}

}  // namespace heddle::internal
