// The live page's server over real sockets.
#include <arpa/inet.h>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <heddle/suite/internal/command_line.h>
#include <heddle/suite/internal/http_server.h>

namespace heddle::internal {
namespace {

/// All that is answered; "" when there is no connection.
std::string answer_to(const std::string& sent, int port, const char* address = "127.0.0.1") {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address, &to.sin_addr);
  std::string answer;
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0 &&
      send(socket, sent.data(), sent.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(sent.size())) {
    char bytes[4096];
    for (ssize_t size = 0; (size = recv(socket, bytes, sizeof(bytes), 0)) > 0;) {
      answer.append(bytes, static_cast<std::size_t>(size));
    }
  }
  close(socket);
  return answer;
}

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    server_.start(Door("token", server_.port()), [](std::string_view inside,
                                                    const HttpRequest& request) {
      return HttpResponse{.body = fmt::format("{} {} {}", request.method, inside, request.body)};
    });
  }

  [[nodiscard]] std::string asked(const std::string& line, const std::string& headers,
                                  const std::string& body = "") const {
    return answer_to(fmt::format("{} HTTP/1.1\r\n{}\r\n{}", line, headers, body), port());
  }

  [[nodiscard]] std::string host() const { return fmt::format("Host: 127.0.0.1:{}\r\n", port()); }

  [[nodiscard]] int port() const { return server_.port(); }

 private:
  HttpServer server_{0};
};

TEST_F(HttpServerTest, AnswersWhoCarriesTheToken) {
  const std::string page = asked("GET /token/", host());
  EXPECT_TRUE(page.starts_with("HTTP/1.1 200")) << page;
  EXPECT_TRUE(page.ends_with("GET  ")) << page;
  EXPECT_NE(page.find("Cache-Control: no-store"), std::string::npos);
  EXPECT_NE(page.find("X-Frame-Options: DENY"), std::string::npos);
  EXPECT_EQ(page.find("Access-Control"), std::string::npos) << "no other page may read it";
  const std::string json = "Content-Type: application/json\r\nContent-Length: 2\r\n";
  EXPECT_TRUE(asked("POST /token/replay", host() + json, "{}").ends_with("POST replay {}"));
}

TEST_F(HttpServerTest, RefusesTheOthersWithoutReadingTheirBodies) {
  EXPECT_TRUE(asked("GET /other/", host()).starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(asked("GET /token/", "Host: evil.example\r\n").starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(asked("GET /token/", host() + "Host: evil.example\r\n").starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(
      asked("GET /token/", host() + "Origin: http://evil.example\r\n").starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(asked("OPTIONS /token/replay", host()).starts_with("HTTP/1.1 405"));
  const std::string json = host() + "Content-Type: application/json\r\n";
  EXPECT_TRUE(asked("POST /token/replay", json + "Content-Length: 999999999\r\n")
                  .starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(
      asked("POST /token/replay", json + "Content-Length: -1\r\n").starts_with("HTTP/1.1 411"));
  EXPECT_TRUE(asked("POST /token/replay", json + "Transfer-Encoding: chunked\r\n")
                  .starts_with("HTTP/1.1 411"));
}

TEST_F(HttpServerTest, ListensAtTheLoopbackAddressAlone) {
  EXPECT_NE(answer_to("x\r\n\r\n", port()), "");
  EXPECT_EQ(answer_to("x\r\n\r\n", port(), "127.0.0.2"), "");
}

TEST_F(HttpServerTest, SharesItsPortWithNobody) {
  EXPECT_THROW(HttpServer{port()}, WrongUsage);
}

TEST(HttpServer, ThatNeverStartedEnds) {
  const HttpServer server(0);
  EXPECT_GT(server.port(), 0);
}

}  // namespace
}  // namespace heddle::internal
