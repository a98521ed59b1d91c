// Who may ask the live page's server.
#include <string>

#include <gtest/gtest.h>

#include <heddle/suite/internal/door.h>

namespace heddle::internal {
namespace {

constexpr int kPort = 8123;

Door door() {
  return {"0123456789abcdef", kPort};
}

HttpRequest asks(const std::string& path = "/0123456789abcdef/") {
  return {.method = "GET", .path = path, .host = "127.0.0.1:8123"};
}

HttpRequest posts() {
  HttpRequest request = asks("/0123456789abcdef/replay");
  request.method = "POST";
  request.origin = "http://127.0.0.1:8123";
  request.fetch_site = "same-origin";
  request.content_type = "application/json";
  request.content_length = 2;
  return request;
}

int status(const HttpRequest& request) {
  const auto refused = door().refusal(request);
  return refused ? refused->status : 200;
}

TEST(Door, LetsInWhoCarriesTheToken) {
  EXPECT_EQ(status(asks()), 200);
  EXPECT_EQ(status(posts()), 200);
  HttpRequest local = posts();
  local.host = "localhost:8123";
  local.origin = "http://localhost:8123";
  EXPECT_EQ(status(local), 200);
  EXPECT_EQ(door().inside(asks()), "");
  EXPECT_EQ(door().inside(posts()), "replay");
  EXPECT_EQ(door().url(), "http://127.0.0.1:8123/0123456789abcdef/");
}

TEST(Door, RefusesWhoHasNoTokenOrAnother) {
  for (const char* path : {"", "/", "/replay", "/0123456789abcdef", "/0123456789abcdee/",
                           "/0123456789abcdef0/", "//0123456789abcdef/"}) {
    EXPECT_EQ(status(asks(path)), 403) << path;
  }
}

TEST(Door, RefusesForeignHosts) {
  for (const char* host : {"", "evil.example:8123", "127.0.0.1", "127.0.0.1:80", "localhost",
                           "127.0.0.1:8123.evil.example", "[::1]:8123"}) {
    HttpRequest request = asks();
    request.host = host;
    EXPECT_EQ(status(request), 403) << host;
  }
}

TEST(Door, RefusesForeignOrigins) {
  for (const char* origin :
       {"", "null", "http://evil.example", "https://127.0.0.1:8123", "http://127.0.0.1:9000",
        "http://localhost:8123", "http://127.0.0.1"}) {
    HttpRequest request = posts();
    request.origin = origin;
    EXPECT_EQ(status(request), 403) << origin;
  }
}

TEST(Door, RefusesWhatOtherPagesFetchOrLinkTo) {
  for (const char* site : {"cross-site", "same-site", ""}) {
    HttpRequest request = asks();
    request.fetch_site = site;
    EXPECT_EQ(status(request), 403) << site;
  }
}

TEST(Door, RefusesOtherMethods) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "HEAD", "get"}) {
    HttpRequest request = asks();
    request.method = method;
    EXPECT_EQ(status(request), 405) << method;
  }
}

TEST(Door, RefusesBodiesThatAreNoJsonOrWithoutABound) {
  HttpRequest form = posts();
  form.content_type = "text/plain";
  EXPECT_EQ(status(form), 415);
  HttpRequest pieces = posts();
  pieces.encoded = true;
  EXPECT_EQ(status(pieces), 411);
  HttpRequest endless = posts();
  endless.content_length.reset();
  EXPECT_EQ(status(endless), 411);
  HttpRequest large = posts();
  large.content_length = Door::kBodyMax;
  EXPECT_EQ(status(large), 200);
  large.content_length = Door::kBodyMax + 1;
  EXPECT_EQ(status(large), 413);
}

TEST(Door, TokensAreLongAndNeverTheSame) {
  const std::string token = random_token();
  EXPECT_EQ(token.size(), 32U);
  EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(token, random_token());
}

}  // namespace
}  // namespace heddle::internal
