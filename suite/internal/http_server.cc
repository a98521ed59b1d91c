#include <charconv>
#include <exception>
#include <httplib.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <heddle/suite/internal/command_line.h>
#include <heddle/suite/internal/http_server.h>

namespace heddle::internal {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
/// A browser has six connections to a host.
constexpr std::size_t kThreads = 8;

std::optional<std::string> header(const httplib::Request& request, const char* name) {
  return request.has_header(name) ? std::optional(request.get_header_value(name)) : std::nullopt;
}

HttpRequest translated(const httplib::Request& request) {
  HttpRequest result;
  result.method = request.method;
  result.path = request.path;
  if (request.get_header_value_count("Host") == 1) {
    result.host = request.get_header_value("Host");
  }
  result.origin = header(request, "Origin");
  result.fetch_site = header(request, "Sec-Fetch-Site");
  result.content_type = request.get_header_value("Content-Type");
  if (request.get_header_value_count("Content-Length") == 1) {
    const std::string text = request.get_header_value("Content-Length");
    std::size_t length = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (failed == std::errc() && end == text.data() + text.size()) {
      result.content_length = length;
    }
  }
  result.encoded =
      request.has_header("Transfer-Encoding") || request.has_header("Content-Encoding");
  result.body = request.body;
  return result;
}

void give(const HttpResponse& answer, httplib::Response& response) {
  response.status = answer.status;
  response.set_content(answer.body, answer.type);
}

/// A port that another program listens at is not shared with it.
void reuse_address_only(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

}  // namespace

class HttpServer::Body {
 public:
  explicit Body(int port) {
    server_.set_socket_options(reuse_address_only);
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_payload_max_length(Door::kBodyMax);
    // One request a connection: then nothing that idles is waited for at the end.
    server_.set_keep_alive_max_count(1);
    server_.set_keep_alive_timeout(1);
    server_.set_default_headers({
        {"Cache-Control", "no-store"},
        {"Content-Security-Policy", "frame-ancestors 'none'"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
    });
    if (port == 0) {
      port_ = server_.bind_to_any_port(kLoopback);
    } else if (server_.bind_to_port(kLoopback, port)) {
      port_ = port;
    }
    if (port_ <= 0) {
      throw WrongUsage(
          port == 0 ? std::string("no port of 127.0.0.1 can be listened at")
                    : fmt::format("port {} of 127.0.0.1 is taken, or not for everybody; without "
                                  "--port a free one is found",
                                  port));
    }
  }

  ~Body() {
    if (thread_.joinable()) {
      // Not before it runs: what is stopped earlier would never end.
      while (!server_.is_running()) {
        std::this_thread::yield();
      }
      server_.stop();
      thread_.join();
    }
  }

  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  [[nodiscard]] int port() const { return port_; }

  void start(Door door, Answer answer) {
    using httplib::Request;
    using httplib::Response;
    door_ = std::move(door);
    answer_ = std::move(answer);
    server_.set_pre_routing_handler([this](const Request& request, Response& response) {
      const auto refused = door_->refusal(translated(request));
      if (refused) {
        give(*refused, response);
      }
      return refused ? httplib::Server::HandlerResponse::Handled
                     : httplib::Server::HandlerResponse::Unhandled;
    });
    const auto handle = [this](const Request& received, Response& response) {
      const HttpRequest request = translated(received);
      give(answer_(door_->inside(request), request), response);
    };
    server_.Get(".*", handle);
    server_.Post(".*", handle);
    server_.set_exception_handler(
        [](const Request& /*request*/, Response& response, std::exception_ptr /*thrown*/) {
          give(http_error(500, "internal error"), response);
        });
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }

 private:
  std::optional<Door> door_;
  Answer answer_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

HttpServer::HttpServer(int port) : body_(std::make_unique<Body>(port)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  return body_->port();
}

void HttpServer::start(Door door, Answer answer) {
  body_->start(std::move(door), std::move(answer));
}

}  // namespace heddle::internal
