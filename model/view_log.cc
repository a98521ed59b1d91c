// The View's logs from outside: which of their words are ids, and of what.
#include <cstring>
#include <optional>

#include <heddle/model/view.h>

namespace heddle {

LogId View::map_log(Tables& tables, LogId log,
                    FunctionRef<std::uint32_t(LogWord, std::uint32_t)> map) {
  std::vector<std::string_view> segments;
  while (log != 0) {
    const std::string_view segment = tables.logs[log];
    std::memcpy(&log, segment.data(), sizeof log);
    segments.push_back(segment.substr(sizeof log));
  }
  const auto mapped = [&](LogWord kind, std::uint32_t& word) { word = map(kind, word); };
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    std::string bytes(sizeof log + segment->size(), '\0');
    std::memcpy(bytes.data(), &log, sizeof log);
    for (std::size_t at = 0; at < segment->size(); at += sizeof(Record)) {
      Record record;
      std::memcpy(&record, segment->data() + at, sizeof record);
      static_cast<void>(map(LogWord::kPlain, static_cast<std::uint32_t>(record.operation)));
      std::optional<LogWord> first = LogWord::kPlain;
      LogWord second = LogWord::kPlain;
      LogWord answer = LogWord::kPlain;
      const bool has_key = record.second != Subject::kKeySet;
      switch (record.operation) {
        case Operation::kRead:
          second = has_key ? LogWord::kValue : LogWord::kPlain;
          answer = has_key ? LogWord::kValue : LogWord::kKeySet;
          break;
        case Operation::kAsk:
        case Operation::kWrite:
        case Operation::kModify:
        case Operation::kUpdate:
          second = has_key ? LogWord::kValue : LogWord::kPlain;
          answer = LogWord::kValue;
          break;
        case Operation::kSend: {
          // Callee and method in one word.
          std::uint32_t callee = record.first >> 16U;
          std::uint32_t method = record.first & 0xffffU;
          mapped(LogWord::kCallee, callee);
          mapped(LogWord::kPlain, method);
          record.first = callee << 16U | method;
          first.reset();
          second = LogWord::kValue;
          break;
        }
        case Operation::kAskTwo:
        case Operation::kAnswer:
        case Operation::kContextName:
        case Operation::kCaller:
          answer = LogWord::kValue;
          break;
        case Operation::kResolve:
          first = LogWord::kValue;
          answer = LogWord::kAnswer;
          break;
        case Operation::kAwait:
        case Operation::kComplete:
        case Operation::kTime:
        case Operation::kSetTimer:
        case Operation::kTimer:
        case Operation::kDeadline:
        case Operation::kStatus:
          break;
      }
      if (first) {
        mapped(*first, record.first);
      }
      mapped(second, record.second);
      mapped(answer, record.answer);
      std::memcpy(bytes.data() + sizeof log + at, &record, sizeof record);
    }
    log = tables.logs.intern(bytes);
  }
  return log;
}

}  // namespace heddle
