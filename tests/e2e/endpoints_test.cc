// One channel, two real servers.
#include "echo_server.h"

namespace e2e {
namespace {

// Says which server it is.
class Named final : public Echo::Handler {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  Future<Result<Blob>> Unary(ServerContext&, Blob) override { return blob(name_); }

 private:
  const std::string name_;
};

struct Site {
  explicit Site(std::string name) : handler(std::move(name)) {
    server.emplace();
    server->add(handler);
    EXPECT_TRUE(server->listen("127.0.0.1:0").ok());
    address = "127.0.0.1:" + std::to_string(server->port());
  }
  Named handler;
  std::optional<cpp_lite::Server> server;
  std::string address;
};

class Endpoints : public ::testing::Test {
 protected:
  Echo::Client client(cpp_lite::ConnectOptions options) {
    return Echo::Client(
        cpp_lite::connect("ipv4:" + one.address + "," + two.address, std::move(options)));
  }
  std::string answers(Echo::Client& echo, int calls) {
    std::string all;
    for (int i = 0; i < calls; ++i) {
      auto reply = echo.Unary(blob("?"), kPatience, {.wait_for_ready = true}).get();
      all += reply ? reply->data() : reply.status().to_string();
    }
    return all;
  }

  Site one{"1"}, two{"2"};
};

TEST_F(Endpoints, PickFirstStaysWithOneServerUntilItGoes) {
  Echo::Client echo = client({});
  EXPECT_EQ("1111", answers(echo, 4));
  one.server.reset();
  EXPECT_EQ("2222", answers(echo, 4));
}

TEST_F(Endpoints, RoundRobinUsesBothAndOutlivesOne) {
  Echo::Client echo = client({.load_balancing = cpp_lite::LoadBalancing::round_robin});
  // The second server is ready soon, if not at once.
  std::string heard;
  while (heard.find('1') == std::string::npos || heard.find('2') == std::string::npos) {
    heard += answers(echo, 1);
    ASSERT_LT(heard.size(), 100'000U);
  }
  std::string four = answers(echo, 4);
  EXPECT_TRUE(four == "1212" || four == "2121") << four;
  one.server.reset();
  EXPECT_EQ("2222", answers(echo, 4));
}

}  // namespace
}  // namespace e2e
