#include <array>
#include <cstdint>
#include <sys/random.h>
#include <utility>

#include <fmt/format.h>

#include <heddle/model/view.h>
#include <heddle/suite/internal/door.h>

namespace heddle::internal {
namespace {

constexpr std::string_view kLoopback = "127.0.0.1";

std::optional<HttpResponse> refusal_of_body(const HttpRequest& request) {
  if (request.method != "POST") {
    return std::nullopt;
  }
  if (request.encoded || !request.content_length) {
    return http_error(411, "a body is sent whole, with its length");
  }
  if (*request.content_length > Door::kBodyMax) {
    return http_error(413, fmt::format("a body has at most {} bytes", Door::kBodyMax));
  }
  // What a form of another page can send is none of these types.
  const std::string_view type = request.content_type;
  if (type.substr(0, type.find(';')) != "application/json") {
    return http_error(415, "a body is of type application/json");
  }
  return std::nullopt;
}

}  // namespace

Door::Door(std::string token, int port) : token_(std::move(token)), port_(port) {}

bool Door::is_host(std::string_view host) const {
  return host == fmt::format("{}:{}", kLoopback, port_) ||
         host == fmt::format("localhost:{}", port_);
}

bool Door::has_token(std::string_view path) const {
  if (path.size() < token_.size() + 2 || path.front() != '/' || path[token_.size() + 1] != '/') {
    return false;
  }
  // Takes as long whichever letter is wrong.
  unsigned differs = 0;
  for (std::size_t i = 0; i < token_.size(); ++i) {
    differs |= static_cast<unsigned char>(path[i + 1]) ^ static_cast<unsigned char>(token_[i]);
  }
  return differs == 0;
}

std::optional<HttpResponse> Door::refusal(const HttpRequest& request) const {
  if (!is_host(request.host)) {
    return http_error(403, "this is not the host that was asked for");
  }
  constexpr std::string_view kScheme = "http://";
  if (request.origin && (!request.origin->starts_with(kScheme) ||
                         request.origin->substr(kScheme.size()) != request.host)) {
    return http_error(403, "another page may not ask");
  }
  if (request.fetch_site && *request.fetch_site != "same-origin" && *request.fetch_site != "none") {
    return http_error(403, "another page may not ask");
  }
  if (!has_token(request.path)) {
    return http_error(403, "the address has no token, or that of an earlier run");
  }
  if (request.method != "GET" && request.method != "POST") {
    return http_error(405, "only GET and POST are answered");
  }
  return refusal_of_body(request);
}

std::string_view Door::inside(const HttpRequest& request) const {
  return std::string_view(request.path).substr(token_.size() + 2);
}

std::string Door::url() const {
  return fmt::format("http://{}:{}/{}/", kLoopback, port_, token_);
}

std::string random_token() {
  std::array<std::uint8_t, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw BrokenInvariant("the system gives no random bytes");
  }
  std::string token;
  for (const std::uint8_t byte : bytes) {
    token += fmt::format("{:02x}", byte);
  }
  return token;
}

}  // namespace heddle::internal
