// A gigabyte towards somebody who does not read: both sides stay small.
#include <atomic>
#include <fstream>
#include <thread>

#include "echo_server.h"

namespace e2e {
namespace {

constexpr std::int64_t kPiece = 64 << 10;
constexpr std::int64_t kPieces = (std::int64_t{1} << 30) / kPiece;
constexpr long kBudget = 128 << 20;  // both sides are in this one process: twice 64 MiB

// The most memory that this process has held since reset_peak(), in bytes.
long peak() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmHWM:") {
      long kib = 0;
      status >> kib;
      return kib * 1024;
    }
  }
  return 0;
}
long reset_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
  return peak();
}

// Reads nothing until it is told to.
class SlowHandler final : public Echo::Handler {
 public:
  explicit SlowHandler(cpp_lite::Future<void> go) : go_(std::move(go)) {}
  Future<Result<Blob>> Collect(ServerContext&, Reader<Blob>& in) override {
    Blob count;
    for (int i = 0; i < 16; ++i) co_await read_into(in, count);
    co_await std::move(go_);
    while (co_await read_into(in, count)) {
    }
    co_return count;
  }

 private:
  static Future<bool> read_into(Reader<Blob>& in, Blob& count) {
    auto message = co_await in.read();
    if (message) count.set_count(count.count() + static_cast<std::int64_t>(message->data().size()));
    co_return message.has_value();
  }
  cpp_lite::Future<void> go_;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Shadow memory makes the process big and slow: 64 MiB, without a look at memory.
constexpr std::int64_t kSent = kPieces / 16;
void expect_small(long) {}
#else
constexpr std::int64_t kSent = kPieces;
void expect_small(long before) { EXPECT_LT(peak() - before, kBudget); }
#endif

TEST_F(EndToEnd, AServerStreamWaitsForAClientThatStopsReading) {
  serve();
  Echo::Client echo = client();
  const long before = reset_peak();
  auto stream = echo.Spread(blob(std::string(kPiece, 'x'), kSent), kPatience);
  std::int64_t received = 0;
  for (int i = 0; i < 16; ++i) {
    received += static_cast<std::int64_t>(stream.read().get()->data().size());
  }
  // Nobody reads now; other calls go on.
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(echo.Unary(blob("x"), kPatience).get().ok());
  while (auto message = stream.read().get()) {
    received += static_cast<std::int64_t>(message->data().size());
  }
  EXPECT_TRUE(stream.finish().get().ok());
  EXPECT_EQ(kPiece * kSent, received);
  expect_small(before);
}

TEST_F(EndToEnd, AClientStreamWaitsForAServerThatStopsReading) {
  cpp_lite::detail::Promise<void> go;
  SlowHandler slow(go.future());
  server.emplace();
  server->add(slow);
  ASSERT_TRUE(server->listen("127.0.0.1:0").ok());
  const long before = reset_peak();
  auto stream = client().Collect(kPatience);
  const Blob piece = blob(std::string(kPiece, 'x'));
  std::atomic<std::int64_t> written = 0;
  std::thread writer([&] {
    while (written < kSent && stream.write(piece).get()) ++written;
  });
  // The server has read a MiB and stopped: the windows fill, and a write waits.
  while (written < 16) std::this_thread::yield();
  Echo::Client other = client();
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(other.Unary(blob("x"), kPatience).get().status().code() == Code::unimplemented);
  EXPECT_LT(written, kSent);
  go.set();
  writer.join();
  const auto reply = stream.finish().get();
  ASSERT_TRUE(reply.ok()) << reply.status().to_string();
  EXPECT_EQ(kPiece * kSent, reply->count());
  expect_small(before);
}

}  // namespace
}  // namespace e2e
