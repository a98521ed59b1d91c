// HttpServer: the live page's server, on this machine's loopback interface and nowhere else. Only
// its source knows the library that speaks HTTP.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <heddle/suite/internal/door.h>
#include <heddle/suite/internal/http.h>

namespace heddle::internal {

class HttpServer {
 public:
  /// Answers a request that the door lets in; `inside` is what is asked for behind the token.
  /// Called from several threads at once.
  using Answer = std::function<HttpResponse(std::string_view inside, const HttpRequest& request)>;

  /// Takes `port` of 127.0.0.1, or any that is free when it is 0. Throws WrongUsage when it cannot
  /// be had. Nothing is answered before `start`.
  explicit HttpServer(int port);
  /// Ends what `start` began.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] int port() const;

  /// Answers on threads of its own, until the server is gone.
  void start(Door door, Answer answer);

 private:
  class Body;

  std::unique_ptr<Body> body_;
};

}  // namespace heddle::internal
