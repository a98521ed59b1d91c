#include <nlohmann/json.hpp>

#include <heddle/suite/internal/http.h>

namespace heddle::internal {

HttpResponse http_error(int status, const std::string& text) {
  using Json = nlohmann::ordered_json;
  return {.status = status,
          .body = Json{{"error", text}}.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace heddle::internal
