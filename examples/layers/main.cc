// Layers stand around calls, on both sides: who may call, which name a call has in the logs, how
// long it took. On a server a layer is a function around next(); on a client it is a Channel around
// a Channel. Both see calls of every kind and no message type.
#include <cpp_lite/channel.h>
#include <cpp_lite/layers.h>
#include <cpp_lite/server.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "check.h"
#include "hello.lite.h"

using namespace std::chrono_literals;
using cpp_lite::Channel;
using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Method;
using cpp_lite::Next;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;

namespace {

class Greeter final : public hello::Greeter::Handler {
  Future<Result<hello::GreetResponse>> Greet(ServerContext& context,
                                             hello::GreetRequest request) override {
    hello::GreetResponse response;
    response.set_text("Hello, " + request.name() + ", you are " + context.principal());
    return response;
  }
};

// A server layer. It may be a coroutine with captures: the server keeps it.
Future<Status> require_token(ServerContext& context, const Method&, Next next) {
  if (context.metadata().get("authorization") != "Bearer sesame") {
    co_return Status(Code::unauthenticated, "no valid token");
  }
  context.set_principal("the one with the token");
  co_return co_await next();
}

// A client layer. What it does not look at it hands on.
class Counted final : public Channel {
 public:
  Counted(std::shared_ptr<Channel> below, std::atomic<int>& calls)
      : below_(std::move(below)), calls_(calls) {}

  Future<cpp_lite::RawReply> unary(cpp_lite::Call call, cpp_lite::Bytes request) override {
    ++calls_;
    return below_->unary(std::move(call), std::move(request));
  }
  std::unique_ptr<cpp_lite::RawStream> stream(cpp_lite::Call call) override {
    ++calls_;
    return below_->stream(std::move(call));
  }

 private:
  const std::shared_ptr<Channel> below_;
  std::atomic<int>& calls_;
};

hello::GreetRequest named(const std::string& name) {
  hello::GreetRequest request;
  request.set_name(name);
  return request;
}

}  // namespace

int main() {
  examples::Checks check;
  Greeter greeter;
  std::atomic<int> calls = 0;
  cpp_lite::Server server;
  server.add([&calls](ServerContext&, const Method&, Next next) -> Future<Status> {
    ++calls;  // the outermost layer also sees what the next one refuses
    return next();
  });
  server.add(require_token);
  server.add(greeter);
  check.that(server.listen("127.0.0.1:0").ok(), "the server listens");

  const std::string target = "127.0.0.1:" + std::to_string(server.port());
  hello::Greeter::Client stranger(cpp_lite::connect(target));
  auto refused = stranger.Greet(named("Ada"), 5s).get();
  check.that(refused.status().code() == Code::unauthenticated, refused.status().to_string());

  std::atomic<int> sent = 0;
  const auto counted = [&sent](std::shared_ptr<Channel> below) -> std::shared_ptr<Channel> {
    return std::make_shared<Counted>(std::move(below), sent);
  };
  const auto with_token = cpp_lite::with_metadata("authorization", "Bearer sesame");
  hello::Greeter::Client friendly(cpp_lite::connect(target, {.layers = {counted, with_token}}));
  auto greeted = friendly.Greet(named("Ada"), 5s).get();
  check.that(greeted.ok(), greeted ? greeted->text() : greeted.status().to_string());
  check.that(sent == 1, "the client's layer has counted its call");
  check.that(calls == 2, "the server's outermost layer has seen both calls");
  return check.exit_code();
}
