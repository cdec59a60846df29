// A gigabyte towards somebody who does not read, and clients that are killed: three processes, each
// of which stays small.
#include <thread>

#include "echo_server.h"
#include "process.h"

namespace e2e {
namespace {

constexpr std::int64_t kPiece = 64 << 10;
constexpr std::int64_t kPieces = (std::int64_t{kSanitized ? 64 << 20 : 1 << 30}) / kPiece;
constexpr long kBudget = 64 << 20;

class Processes : public ::testing::Test {
 protected:
  Echo::Client client() { return Echo::Client(cpp_lite::connect("127.0.0.1:" + port)); }
  void expect_small(const Process& process) {
    if (kSanitized) return;
    EXPECT_LT(process.memory("VmHWM"), kBudget);
  }
  // Other calls of others go on.
  void expect_service() {
    Echo::Client echo = client();
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(echo.Unary(blob("x"), kPatience).get().ok());
  }
  const std::string pieces = std::to_string(kPieces);
  const std::string all = std::to_string(kPiece * kPieces) + " OK";

  Process server{{"server"}};
  const std::string port = server.line();
};

TEST_F(Processes, AServerStreamWaitsForAClientThatStopsReading) {
  Process reader({"spread", port, pieces});
  ASSERT_EQ(reader.line(), "paused");
  expect_service();
  expect_small(server);
  expect_small(reader);
  reader.tell("go on");
  EXPECT_EQ(reader.line(), all);
  expect_small(server);
  expect_small(reader);
}

TEST_F(Processes, AClientStreamWaitsForAServerThatStopsReading) {
  Process writer({"collect", port, pieces});
  writer.tell("?");
  ASSERT_NE(writer.line(), "");
  expect_service();
  writer.tell("?");
  EXPECT_LT(std::stoll(writer.line()), kPieces);
  expect_small(server);
  expect_small(writer);
  ASSERT_TRUE(client().Block(blob("go on"), kPatience).get().ok());
  writer.tell("end");
  EXPECT_EQ(writer.line(), all);
  expect_small(server);
  expect_small(writer);
}

TEST_F(Processes, ClientsThatAreKilledLeaveNoDescriptorAndNoMemoryBehind) {
  constexpr int kAtOnce = 10;
  const auto wave = [this] {
    std::vector<std::unique_ptr<Process>> clients;
    for (int i = 0; i < kAtOnce; ++i) {
      clients.push_back(std::make_unique<Process>(std::vector<std::string>{"vanish", port}));
    }
    for (const auto& each : clients) ASSERT_EQ(each->line(), "ready");
  };
  const std::size_t descriptors = server.descriptors();
  const auto until_quiet = [&] {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (server.descriptors() > descriptors && std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    ASSERT_LE(server.descriptors(), descriptors);
  };
  wave();  // what a server keeps for the next ones
  until_quiet();
  const long before = server.memory("VmRSS");
  for (int i = 0; i < (kSanitized ? 1 : 10); ++i) wave();
  until_quiet();
  // Each of a hundred has left a request of 200 KiB and as much in a stream: 40 MiB, were it kept.
  // An allocator keeps what ten at once needed.
  const long kept = server.memory("VmRSS") - before;
  EXPECT_LT(kSanitized ? 0 : kept, 10 << 20);
  expect_service();
}

}  // namespace
}  // namespace e2e
