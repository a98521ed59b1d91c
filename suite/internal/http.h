// What the live page asks and is answered, without the sockets that carry it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace heddle::internal {

struct HttpRequest {
  std::string method;  ///< "GET"
  std::string path;    ///< decoded, without what follows a '?'
  std::string host{};  ///< of the one header of that name; "" when there are more
  std::optional<std::string> origin{};
  std::optional<std::string> fetch_site{};
  std::string content_type{};
  std::optional<std::size_t> content_length{};
  bool encoded = false;  ///< in pieces, or compressed
  std::string body{};
};

struct HttpResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body{};
};

/// Something is wrong with what was asked: a document with `text` in its field "error".
HttpResponse http_error(int status, const std::string& text);

}  // namespace heddle::internal
