#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <heddle/checker/internal/renamer.h>
#include <heddle/model/ref.h>

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
  return (c >= '0' && c <= '9') || c == '/' || c == 'h';
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

Renamer::Renamer(Kernel& kernel, const Claims& claims, std::vector<Member> members)
    : kernel_(kernel), claims_(claims), members_(std::move(members)) {
  const System& system = kernel.system();
  users_.resize(system.users.size());
  canisters_.resize(system.canisters.size());
  std::optional<std::size_t> user_length;
  std::optional<std::size_t> canister_length;
  for (unsigned number = 0; number < members_.size(); ++number) {
    const Member& member = members_[number];
    for (std::size_t i = 0; i < member.users.size(); ++i) {
      users_[member.users[i]] = Place{number, i};
      named_.push_back(member.users[i]);
      const std::size_t length = system.users[member.users[i]].name.size();
      users_have_one_length_ = users_have_one_length_ && user_length.value_or(length) == length;
      user_length = length;
    }
    for (std::size_t i = 0; i < member.canisters.size(); ++i) {
      canisters_[member.canisters[i]] = Place{number, i};
      has_canisters_ = true;
      const std::size_t length = system.canisters[member.canisters[i]].name.size();
      canisters_have_one_length_ =
          canisters_have_one_length_ && canister_length.value_or(length) == length;
      canister_length = length;
    }
    for (std::size_t i = 0; i < member.calls.size(); ++i) {
      calls_.emplace_back(member.calls[i], Place{number, i});
    }
  }
  for (const auto& [call, place] : calls_) {
    if (std::ranges::find(named_, call.user) == named_.end()) {
      named_.push_back(call.user);
    }
  }
}

std::string Renamer::name(unsigned number) const {
  const System& system = kernel_.system();
  const Member& member = members_[number];
  std::vector<std::string> names;
  for (const CanisterId canister : member.canisters) {
    names.push_back(system.canisters[canister].name);
  }
  for (const std::uint32_t user : member.users) {
    names.push_back(system.users[user].name);
  }
  for (const ScriptCall call : member.calls) {
    names.push_back(fmt::format("{}#{}", system.users[call.user].name, call.number + 1));
  }
  std::string text = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    text += (i == 1 ? " with " : " and ") + names[i];
  }
  return text;
}

/// Whose principal is made of this name.
std::optional<std::pair<Renamer::Form, Renamer::Place>> Renamer::named(
    std::string_view name) const {
  const System& system = kernel_.system();
  for (const std::uint32_t user : named_) {
    if (users_[user] && system.users[user].name == name) {
      return std::pair(Form::kUser, *users_[user]);
    }
  }
  for (std::size_t i = 0; has_canisters_ && i < canisters_.size(); ++i) {
    if (canisters_[i] && system.canisters[i].name == name) {
      return std::pair(Form::kCanister, *canisters_[i]);
    }
  }
  return std::nullopt;
}

std::optional<Renamer::Place> Renamer::place_of_call(ScriptCall call) const {
  const auto known = std::ranges::find(calls_, call, &std::pair<ScriptCall, Place>::first);
  return known == calls_.end() ? std::nullopt : std::optional(known->second);
}

std::uint32_t Renamer::rank_of_call(Place place) const {
  const std::vector<ScriptCall>& calls = members_[place.member].calls;
  std::uint32_t rank = 0;
  for (std::size_t i = 0; i < place.index; ++i) {
    rank += calls[i].user == calls[place.index].user ? 1U : 0U;
  }
  return rank;
}

std::optional<Renamer::Place> Renamer::place_of_canister(std::uint32_t canister) const {
  return canister < canisters_.size() ? canisters_[canister] : std::nullopt;
}

/// Of a context that comes from somebody who may be renamed.
bool Renamer::is_context_name(std::string_view text) const {
  const std::size_t mark = std::min(text.find('#'), text.find('!'));
  if (mark == std::string_view::npos ||
      !std::ranges::all_of(text.substr(mark + 1), continues_name)) {
    return false;
  }
  const std::string_view name = text.substr(0, mark);
  if (text[mark] == '!') {
    const auto known = named(name);
    return known && known->first == Form::kCanister;
  }
  return std::ranges::any_of(
      named_, [&](std::uint32_t user) { return kernel_.system().users[user].name == name; });
}

template <class Plain, class Found>
void Renamer::scan_context_name(std::string_view text, const Plain& plain,
                                const Found& found) const {
  const std::size_t mark = std::min(text.find('#'), text.find('!'));
  const std::string_view name = text.substr(0, mark);
  std::string_view rest = text.substr(mark);
  if (text[mark] == '!') {
    found(Form::kCanisterName, named(name)->second);
    plain(rest);
    return;
  }
  const auto user = std::ranges::find_if(
      named_, [&](std::uint32_t each) { return kernel_.system().users[each].name == name; });
  if (const auto place = users_[*user]) {
    found(Form::kUserName, *place);
  } else {
    plain(name);
  }
  const bool one_digit =
      rest.size() > 1 && rest[1] > '0' && rest[1] <= '9' && (rest.size() == 2 || rest[2] == '/');
  const auto call =
      one_digit ? place_of_call({*user, static_cast<std::uint32_t>(rest[1] - '1')}) : std::nullopt;
  if (call) {
    plain(rest.substr(0, 1));
    found(Form::kNumber, *call);
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
    if (at < done) {
      continue;
    }
    const auto size = static_cast<unsigned char>(bytes[at]);
    if (has_canisters_ && size >= kSizesEnd) {
      const auto handle = ref_at_start_of(bytes.substr(at));
      if (const auto place = handle ? place_of_canister(*handle) : std::nullopt) {
        plain(bytes.substr(done, at - done));
        found(Form::kHandle, *place);
        done = at + kRefSize;
      }
    }
    if (size < 2 || size >= kSizesEnd || at + size >= bytes.size()) {
      continue;
    }
    const std::string_view body = bytes.substr(at + 1, size);
    if (body.back() == kNameEnd) {
      if (const auto known = named(body.substr(0, body.size() - 1))) {
        plain(bytes.substr(done, at - done));
        found(known->first, known->second);
        done = at + size + 1;
      }
    } else if (users_have_one_length_ && canisters_have_one_length_ && is_context_name(body)) {
      // In the handle of a Deferred. Among names of several lengths the size would change, and with
      // it whether it is seen.
      plain(bytes.substr(done, at + 1 - done));
      scan_context_name(body, plain, found);
      done = at + size + 1;
    }
  }
  plain(bytes.substr(done));
}

/// Somebody as this form has it.
std::string Renamer::text(Form form, Place place) const {
  const System& system = kernel_.system();
  const Member& member = members_[place.member];
  const auto principal = [](const std::string& name) {
    return static_cast<char>(name.size() + 1) + name + kNameEnd;
  };
  switch (form) {
    case Form::kUser:
      return principal(system.users[member.users[place.index]].name);
    case Form::kCanister:
      return principal(system.canisters[member.canisters[place.index]].name);
    case Form::kHandle: {
      Encoder out;
      encode_ref(member.canisters[place.index], out);
      return std::move(out).bytes();
    }
    case Form::kUserName:
      return system.users[member.users[place.index]].name;
    case Form::kCanisterName:
      return system.canisters[member.canisters[place.index]].name;
    case Form::kNumber:
      return std::string(1, static_cast<char>('1' + member.calls[place.index].number));
  }
  return {};
}

std::string Renamer::renamed(std::string_view bytes, Permutation how) const {
  std::string result;
  scan(
      bytes, [&](std::string_view plain) { result += plain; },
      [&](Form form, Place place) {
        result += text(form, {how[place.member], place.index});
      });
  return result;
}

std::string Renamer::without_names(std::string_view bytes) const {
  std::string result;
  scan(
      bytes, [&](std::string_view plain) { result += plain; },
      [&](Form, Place) { result += '\0'; });
  return result;
}

std::uint32_t Renamer::user(std::uint32_t user, Permutation how) const {
  const auto place = users_[user];
  return place ? members_[how[place->member]].users[place->index] : user;
}

CanisterId Renamer::canister(std::uint32_t canister, Permutation how) const {
  const auto place = place_of_canister(canister);
  return place ? members_[how[place->member]].canisters[place->index]
               : static_cast<CanisterId>(canister);
}

std::uint32_t Renamer::number(ScriptCall call, Permutation how) const {
  const auto place = place_of_call(call);
  return place ? members_[how[place->member]].calls[place->index].number : call.number;
}

MemberMask Renamer::members_of_value(ValueId value) const {
  MemberMask members = 0;
  if (value != 0) {
    scan(
        kernel_.tables().values[value], [](std::string_view) {},
        [&](Form, Place place) { members |= MemberMask{1} << place.member; });
  }
  return members;
}

MemberMask Renamer::members_of_canister(std::uint32_t canister) const {
  const auto place = place_of_canister(canister);
  return place ? MemberMask{1} << place->member : 0;
}

MemberMask Renamer::members_of_context(ContextId context) const {
  MemberMask members = 0;
  for (; context != 0; context = kernel_.origin(context).parent) {
    const ContextOrigin origin = kernel_.origin(context);
    members |= members_of_canister(origin.canister);
    if (origin.kind == ContextOrigin::Kind::kIngress) {
      const auto user = users_[origin.user];
      const auto call = place_of_call({origin.user, origin.number});
      members |=
          (user ? MemberMask{1} << user->member : 0) | (call ? MemberMask{1} << call->member : 0);
    }
  }
  return members;
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
                           case View::LogWord::kCallee:
                             return canister(word, how);
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
  origin.canister = canister(origin.canister, how);
  if (origin.kind == ContextOrigin::Kind::kIngress) {
    origin.number = number({origin.user, origin.number}, how);
    origin.user = user(origin.user, how);
  } else {
    origin.parent = this->context(origin.parent, how);
  }
  return kernel_.context(origin);
}

LeafKey Renamer::key(LeafKey key, Permutation how) {
  switch (key.kind) {
    case LeafKind::kVariable:
      key.a = canister(key.a, how);
      key.c = subject({key.b, key.c}, how).key;
      break;
    case LeafKind::kQueue:
    case LeafKind::kInFlight:
      key.a = canister(key.a, how);
      key.b = canister(key.b, how);
      break;
    case LeafKind::kTimer:
    case LeafKind::kTasks:
      key.a = canister(key.a, how);
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
      if (state.phase == ContextState::Phase::kSuspended) {
        state.canister = canister(state.canister, how);
      }
      if (state.result != 0) {
        state.result = 1 + answer_id(state.result - 1, how);
      }
      return kernel_.intern(state);
    }
    case LeafKind::kOpenCalls: {
      std::vector<OpenCall> calls = kernel_.open_calls(leaf);
      for (OpenCall& call : calls) {
        call.callee = canister(call.callee, how);
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

        [[nodiscard]] CanisterId canister(CanisterId canister) const override {
          return renamer_.canister(canister, permutation_);
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
  const bool in_queue = takes_request(event);
  if (in_queue && kernel_.system().weakened.overtaking) {
    const LeafValue before = state[kernel_.position(queue_of(event))];
    const std::uint32_t wanted = request(kernel_.list(before)[event.index], how);
    const std::vector<std::uint32_t> after = kernel_.list(queue(before, how));
    event.index = static_cast<std::uint32_t>(std::ranges::find(after, wanted) - after.begin());
  }
  if (event.context != 0) {
    const bool says_where = event.to == kernel_.origin(event.context).canister;
    event.context = context(event.context, how);
    event.to = says_where ? kernel_.origin(event.context).canister : event.to;
    return event;
  }
  event.to = event.kind == EventKind::kAdvanceTime ? event.to : canister(event.to, how);
  event.from = in_queue ? canister(event.from, how) : event.from;
  return event;
}

void Renamer::write_bytes(Content& content, std::string_view bytes) const {
  // Names may be of several lengths, so theirs do not count.
  std::size_t size = 0;
  scan(
      bytes, [&](std::string_view plain) { size += plain.size(); }, [&](Form, Place) { ++size; });
  content.word(static_cast<std::uint32_t>(size));
  scan(
      bytes, [&](std::string_view plain) { content.bytes(plain); },
      [&](Form form, Place place) {
        content.word(static_cast<std::uint32_t>(form));
        content.word(form == Form::kNumber ? rank_of_call(place)
                                           : static_cast<std::uint32_t>(place.index));
        content.member(place.member);
      });
}

void Renamer::write_canister(Content& content, std::uint32_t canister) const {
  if (const auto place = place_of_canister(canister)) {
    content.word(static_cast<std::uint32_t>(place->index));
    content.member(place->member);
  } else {
    content.word(canister);
  }
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
                    case View::LogWord::kCallee:
                      write_canister(content, word);
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
  write_canister(content, origin.canister);
  content.word(origin.index);
  const bool is_ingress = origin.kind == ContextOrigin::Kind::kIngress;
  if (is_ingress) {
    if (const auto place = users_[origin.user]) {
      content.word(static_cast<std::uint32_t>(place->index));
      content.member(place->member);
    } else {
      content.word(origin.user);
    }
  }
  if (const auto call = is_ingress ? place_of_call({origin.user, origin.number}) : std::nullopt) {
    content.word(rank_of_call(*call));
    content.member(call->member);
  } else {
    content.word(origin.number);
  }
  write_context(content, origin.parent);
}

void Renamer::write_context_state(Content& content, LeafValue value) {
  const ContextState state = kernel_.context_state(value);
  content.word(static_cast<std::uint32_t>(state.phase));
  content.word(state.responded ? 1 : 0);
  if (state.phase == ContextState::Phase::kSuspended) {
    write_canister(content, state.canister);
  }
  content.word(state.method);
  write_value(content, state.arguments);
  write_log(content, state.log);
  content.word(state.next_call);
  content.word(state.deadline);
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
  switch (key.kind) {
    case LeafKind::kVariable:
      write_canister(content, key.a);
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
        write_canister(content, call.callee);
        content.word(static_cast<std::uint32_t>(call.status));
        content.word((call.released ? 1U : 0U) | (call.deferred ? 2U : 0U) |
                     (call.bounded ? 4U : 0U));
        if (call.status != OpenCall::Status::kWaiting) {
          write_answer(content, call.answer);
        }
      }
      break;
    case LeafKind::kQueue:
      write_canister(content, key.a);
      write_canister(content, key.b);
      content.word(key.c);
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
        content.word(request.deadline);
      }
      break;
    case LeafKind::kResubmitted:
      write_context(content, key.b);
      content.word(value);
      break;
    case LeafKind::kAutomaton:
      content.word(key.a);
      break;
    case LeafKind::kInFlight:
      write_canister(content, key.a);
      write_canister(content, key.b);
      content.word(value);
      break;
    case LeafKind::kTimer:
    case LeafKind::kTasks:
      write_canister(content, key.a);
      content.word(value);
      break;
    default:
      content.word(key.a);
      content.word(key.b);
      content.word(value);
      break;
  }
  return content;
}

}  // namespace heddle::internal
