// Many at once: streams on a connection, blocked handlers, servers that come and go.
#include <unistd.h>

#include <thread>

#include "echo_server.h"

namespace e2e {
namespace {

TEST_F(EndToEnd, NineHundredStreamsOnOneConnectionDoNotHoldUpOtherCalls) {
  serve();
  Echo::Client echo = client();
  std::vector<Future<cpp_lite::Reply<Blob>>> waiting;
  for (int i = 0; i < 900; ++i) waiting.push_back(echo.Wait(blob("w"), kPatience));
  handler.until_waiting(900);
  EXPECT_TRUE(echo.Unary(blob("x"), kPatience).get().ok());
  // Dropping a Future cancels its call, and the server hears of it.
  waiting.resize(400);
  handler.until_waiting(400);
  EXPECT_TRUE(echo.Unary(blob("x"), kPatience).get().ok());
  EXPECT_EQ(1U, server->stats().connections_accepted);
  waiting.clear();
  handler.until_waiting(0);
}

TEST_F(EndToEnd, CallsBeyondTheStreamLimitWaitForTheirTurn) {
  serve({.max_concurrent_streams = 2});
  Echo::Client echo = client();
  std::vector<Future<cpp_lite::Reply<Blob>>> replies;
  for (int i = 0; i < 50; ++i) replies.push_back(echo.Unary(blob("x"), kPatience));
  for (auto& reply : replies) EXPECT_TRUE(reply.get().ok());
  EXPECT_EQ(1U, server->stats().connections_accepted);
}

class Blocking : public EndToEnd {};

TEST_F(Blocking, HandlersOnThreadsDoNotHoldUpTheLoop) {
  EchoHandler on_loop;
  server.emplace(cpp_lite::ServerOptions{.threads = 2});
  server->add(handler, cpp_lite::RunOn::threads);
  ASSERT_TRUE(server->listen("127.0.0.1:0").ok());
  Echo::Client echo = client();
  auto blocked = echo.Block(blob("b"), kPatience);
  handler.until_waiting(1);
  EXPECT_TRUE(echo.Unary(blob("x"), kPatience).get().ok());
  handler.open_gate();
  EXPECT_TRUE(blocked.get().ok());
}

TEST_F(Blocking, AFullQueueAnswersUnavailable) {
  serve({.threads = 1, .queue = 1}, cpp_lite::RunOn::threads);
  Echo::Client echo = client();
  auto running = echo.Block(blob("1"), kPatience);
  handler.until_waiting(1);
  std::vector<Future<cpp_lite::Reply<Blob>>> more;
  for (int i = 0; i < 5; ++i) more.push_back(echo.Unary(blob("x"), kPatience));
  // One waits in the queue; four are turned away at once.
  for (std::size_t i = 1; i < more.size(); ++i) {
    EXPECT_EQ(Code::unavailable, more[i].get().status().code());
  }
  handler.open_gate();
  EXPECT_TRUE(more[0].get().ok());
  EXPECT_TRUE(running.get().ok());
}

TEST_F(Blocking, AllStreamKindsWorkOnThreads) {
  serve({.threads = 2}, cpp_lite::RunOn::threads);
  Echo::Client echo = client();
  auto chat = echo.Chat(kPatience);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(chat.write(blob(std::to_string(i))).get());
    ASSERT_EQ(std::to_string(i), chat.read().get()->data());
  }
  EXPECT_TRUE(chat.finish().get().ok());
  auto spread = echo.Spread(blob("s", 1000), kPatience);
  int seen = 0;
  while (spread.read().get()) ++seen;
  EXPECT_EQ(1000, seen);
  EXPECT_TRUE(spread.finish().get().ok());
}

TEST_F(EndToEnd, SeveralLoopsServeSeveralClients) {
  serve({.loops = 2});
  std::vector<Echo::Client> clients;
  for (int i = 0; i < 16; ++i) clients.push_back(client());
  std::vector<Future<cpp_lite::Reply<Blob>>> replies;
  for (int round = 0; round < 50; ++round) {
    for (auto& each : clients) replies.push_back(each.Unary(blob("x"), kPatience));
  }
  for (auto& reply : replies) EXPECT_TRUE(reply.get().ok());
}

TEST_F(EndToEnd, AServerCanBeDestroyedWhileCallsRun) {
  serve();
  Echo::Client echo = client();
  auto waiting = echo.Wait(blob("w"), kPatience);
  handler.until_waiting(1);
  server.reset();
  EXPECT_EQ(Code::unavailable, waiting.get().status().code());
}

TEST_F(EndToEnd, ShutdownLetsRunningCallsEnd) {
  serve({}, cpp_lite::RunOn::threads);
  Echo::Client echo = client();
  auto blocked = echo.Block(blob("b"), kPatience);
  handler.until_waiting(1);
  server->shutdown(60s);
  handler.open_gate();
  EXPECT_TRUE(blocked.get().ok());
  server->run();
  EXPECT_EQ(Code::unavailable, echo.Unary(blob("x"), kPatience).get().status().code());
}

TEST_F(EndToEnd, AShutdownThatIsAskedForTwiceWaitsForTheHandlersOfAllLoops) {
  serve({.loops = 2}, cpp_lite::RunOn::threads);
  Echo::Client echo = client();
  auto blocked = echo.Block(blob("b"), kPatience);
  handler.until_waiting(1);
  server->shutdown(60s);
  server->shutdown(30s);
  std::thread opener([this] { handler.open_gate(); });
  server->run();
  EXPECT_EQ(0U, server->stats().calls_open);
  EXPECT_TRUE(blocked.get().ok());
  opener.join();
}

TEST_F(EndToEnd, AClientReconnectsToAServerThatCameBack) {
  serve();
  const int port = server->port();
  Echo::Client echo = client({.wait_for_ready = true, .initial_backoff = 1ms, .max_backoff = 10ms});
  EXPECT_TRUE(echo.Unary(blob("1"), kPatience).get().ok());
  server.reset();
  server.emplace();
  server->add(handler);
  auto pending = echo.Unary(blob("2"), kPatience);
  ASSERT_TRUE(server->listen("127.0.0.1:" + std::to_string(port)).ok());
  EXPECT_TRUE(pending.get().ok());
}

TEST_F(EndToEnd, AUnixSocketServesLikeAnyOther) {
  const std::string path = ::testing::TempDir() + "cpp_lite_e2e_" + std::to_string(getpid());
  server.emplace(cpp_lite::ServerOptions{.loops = 2});
  server->add(handler);
  ASSERT_TRUE(server->listen("unix:" + path).ok());
  for (int i = 0; i < 4; ++i) {
    Echo::Client echo(cpp_lite::connect("unix:" + path));
    EXPECT_TRUE(echo.Unary(blob("x"), kPatience).get().ok());
  }
}

TEST_F(EndToEnd, ACallToNobodyFailsFastWithTheReason) {
  serve();
  const int port = server->port();
  server.reset();
  Echo::Client echo(cpp_lite::connect("127.0.0.1:" + std::to_string(port)));
  const Status status = echo.Unary(blob("x"), kPatience).get().status();
  EXPECT_EQ(Code::unavailable, status.code());
  EXPECT_NE(std::string::npos, status.message().find("onnection refused")) << status.to_string();
}

}  // namespace
}  // namespace e2e
