// Door: who may ask the live page's server.
//
// It listens on this machine only, but so do the other programs of this machine, and every page in
// the browser can send requests there. Whoever asks must carry the token that was printed; must
// have asked for this host by its number or as localhost, since a page of a foreign name that
// resolves to this machine would carry another (DNS rebinding); and must be no other page.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <heddle/suite/internal/http.h>

namespace heddle::internal {

class Door {
 public:
  /// Bytes of a request's body.
  static constexpr std::size_t kBodyMax = std::size_t{4} << 20;

  Door(std::string token, int port);

  /// What is answered to those who may not ask; nothing for the others. Looks at everything but the
  /// body, so that a request which is refused need not be read.
  [[nodiscard]] std::optional<HttpResponse> refusal(const HttpRequest& request) const;

  /// What is asked for behind the token: "" for the page itself.
  [[nodiscard]] std::string_view inside(const HttpRequest& request) const;

  /// Where the page is.
  [[nodiscard]] std::string url() const;

 private:
  [[nodiscard]] bool is_host(std::string_view host) const;
  [[nodiscard]] bool has_token(std::string_view path) const;

  std::string token_;
  int port_;
};

/// 32 hexadecimal digits that nobody can guess.
std::string random_token();

}  // namespace heddle::internal
