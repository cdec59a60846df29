// Response headers wait for the first message, because they end a client's freedom to repeat the
// call (docs/rules.md R15): an error before it is Trailers-Only, for all four kinds of methods.
#include "server/served_calls.h"

namespace cpp_lite::server {
namespace {

struct Kind {
  const char* name;
  const char* path;
  ByteService::Function ByteService::*function;
};

class DelayedHeaders : public ServedCalls, public testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {}
  void serve(ByteService::Function function) {
    service.*GetParam().function = std::move(function);
    connect();
  }
  std::shared_ptr<Answer> call_it() { return call(GetParam().path); }
};

TEST_P(DelayedHeaders, AnErrorBeforeTheFirstMessageIsOneBlock) {
  serve([](detail::ServedCall& call) -> Future<Status> {
    EXPECT_TRUE(call.context().set_header("h", "1"));
    EXPECT_TRUE(call.context().set_trailer("t", "2"));
    return Status(Code::aborted, "no");
  });
  auto answer = call_it();
  EXPECT_EQ(answer->status(), "10");
  EXPECT_TRUE(answer->trailers_only());
  EXPECT_EQ(answer->trailer("h"), "1");
  EXPECT_EQ(answer->trailer("t"), "2");
}

TEST_P(DelayedHeaders, NothingIsSentWhileTheHandlerThinks) {
  serve([this](detail::ServedCall& call) -> Future<Status> {
    EXPECT_TRUE(call.context().set_header("h", "1"));
    gate.emplace(loop);
    co_await gate->future();
    co_return Status(Code::unavailable, "no");
  });
  auto answer = call_it();
  EXPECT_FALSE(answer->headers);
  gate->set();
  turn();
  EXPECT_EQ(answer->status(), "14");
  EXPECT_TRUE(answer->trailers_only());
}

TEST_P(DelayedHeaders, AnErrorOfALayerIsOneBlockToo) {
  config.layers = {[](ServerContext& context, const Method&, Next) -> Future<Status> {
    EXPECT_TRUE(context.set_header("h", "1"));
    co_return Status(Code::permission_denied, "no");
  }};
  serve([](detail::ServedCall&) -> Future<Status> { return Status(); });
  auto answer = call_it();
  EXPECT_EQ(answer->status(), "7");
  EXPECT_TRUE(answer->trailers_only());
}

TEST_P(DelayedHeaders, TheDeadlineBeforeTheFirstMessageIsOneBlock) {
  serve([this](detail::ServedCall& call) -> Future<Status> {
    EXPECT_TRUE(call.context().set_header("h", "1"));
    gate.emplace(loop);
    co_await gate->future();
    co_return Status();
  });
  auto answer = open(request(GetParam().path, {{"grpc-timeout", "1S"}}));
  send(framed("hi"), true);
  loop->advance(1s);
  EXPECT_EQ(answer->status(), "4");
  EXPECT_TRUE(answer->trailers_only());
  gate->set();
  turn();
}

TEST_P(DelayedHeaders, GoOutWithTheFirstMessage) {
  serve([](detail::ServedCall& call) -> Future<Status> {
    EXPECT_TRUE(call.context().set_header("h", "1"));
    if (!call.context().method().server_streams) {
      call.respond(outgoing("x"));
    } else {
      co_await call.write(outgoing("x"));
    }
    co_return Status();
  });
  auto answer = call_it();
  EXPECT_EQ(answer->header("h"), "1");
  EXPECT_EQ(answer->body, text(framed("x")));
  EXPECT_FALSE(answer->trailers_only());
}

INSTANTIATE_TEST_SUITE_P(
    OfAll, DelayedHeaders,
    testing::Values(Kind{"Unary", "/test.Bytes/Unary", &ByteService::unary},
                    Kind{"ClientStreams", "/test.Bytes/Collect", &ByteService::collect},
                    Kind{"ServerStreams", "/test.Bytes/Spread", &ByteService::spread},
                    Kind{"BothStream", "/test.Bytes/Chat", &ByteService::chat}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace cpp_lite::server
