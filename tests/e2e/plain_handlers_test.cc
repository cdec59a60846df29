// Handlers of streams that are no coroutines themselves: what they return comes from elsewhere, or
// is there at once.
#include <stdexcept>

#include "echo_server.h"

namespace e2e {
namespace {

class PlainHandler final : public EchoHandler {
 public:
  Future<Status> Chat(ServerContext&, Reader<Blob>& in, Writer<Blob>& out) override {
    return cpp_lite::spawn(elsewhere, [&in, &out]() -> Future<Status> {
      while (auto message = co_await in.read()) {
        if (!co_await out.write(*message)) break;
      }
      co_return Status(Code::aborted, "said elsewhere");
    });
  }
  Future<Result<Blob>> Collect(ServerContext&, Reader<Blob>& in) override {
    return cpp_lite::spawn(elsewhere, [&in]() -> Future<Result<Blob>> {
      Blob all;
      while (auto message = co_await in.read()) all.set_count(all.count() + message->count());
      co_return all;
    });
  }
  Future<Status> Spread(ServerContext&, Blob request, Writer<Blob>& out) override {
    if (request.count() == 0) throw std::runtime_error("nothing to spread");
    for (std::int64_t i = 0; i < request.count(); ++i) {
      EXPECT_TRUE(out.write(request).get());
    }
    return Status();
  }

  const std::shared_ptr<cpp_lite::Loop> elsewhere = cpp_lite::Loop::create();
};

class PlainHandlers : public ::testing::TestWithParam<cpp_lite::RunOn> {
 protected:
  PlainHandlers() {
    server.add(handler, GetParam());
    EXPECT_TRUE(server.listen("127.0.0.1:0").ok());
  }
  Echo::Client client() {
    return Echo::Client(cpp_lite::connect("127.0.0.1:" + std::to_string(server.port())));
  }

  PlainHandler handler;
  cpp_lite::Server server;
};

TEST_P(PlainHandlers, EndOnAnotherThreadWithTheirStatus) {
  auto chat = client().Chat(kPatience);
  for (std::int64_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(chat.write(blob("x", i)).get());
    EXPECT_EQ(chat.read().get()->count(), i);
  }
  EXPECT_TRUE(chat.close_writes().get());
  EXPECT_FALSE(chat.read().get().has_value());
  const Status status = chat.finish().get();
  EXPECT_EQ(status.code(), Code::aborted);
  EXPECT_EQ(status.message(), "said elsewhere");
}

TEST_P(PlainHandlers, GiveTheOneResponseOnAnotherThread) {
  auto collect = client().Collect(kPatience);
  for (std::int64_t i = 1; i <= 10; ++i) EXPECT_TRUE(collect.write(blob("", i)).get());
  auto reply = collect.finish().get();
  ASSERT_TRUE(reply.ok()) << reply.status().to_string();
  EXPECT_EQ(reply->count(), 55);
}

TEST_P(PlainHandlers, MayHaveWrittenAllWhenTheyReturn) {
  auto spread = client().Spread(blob("x", 5), kPatience);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(spread.read().get().has_value());
  EXPECT_FALSE(spread.read().get().has_value());
  EXPECT_TRUE(spread.finish().get().ok());
}

TEST_P(PlainHandlers, MayThrow) {
  auto spread = client().Spread(blob("x", 0), kPatience);
  EXPECT_EQ(spread.finish().get().code(), Code::unknown);
}

INSTANTIATE_TEST_SUITE_P(RunOn, PlainHandlers,
                         ::testing::Values(cpp_lite::RunOn::loop, cpp_lite::RunOn::threads),
                         [](const auto& run) {
                           return run.param == cpp_lite::RunOn::loop ? "Loop" : "Threads";
                         });

}  // namespace
}  // namespace e2e
