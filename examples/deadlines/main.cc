// A deadline is set once, by whoever asks first, and holds for all that is done on its behalf.
//
//   client --(1 s)--> front --(what is left of it)--> back
//
// Nothing in the front server passes the deadline on: calls made inside a handler inherit it, and
// are cancelled with the call that they serve.
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>

#include <chrono>
#include <future>
#include <string>

#include "check.h"
#include "hello.lite.h"

using namespace std::chrono_literals;
using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using hello::GreetRequest;
using hello::GreetResponse;

namespace {

class Back final : public hello::Greeter::Handler {
 public:
  std::promise<void> gave_up;

  Future<Result<GreetResponse>> Greet(ServerContext& context, GreetRequest request) override {
    if (request.name() == "slow") {
      // The work of a handler that would never end; this is how it learns that nobody waits for it.
      co_await context.cancelled();
      gave_up.set_value();
      co_return Status(Code::cancelled, "nobody waits");
    }
    GreetResponse response;  // says how much time it has
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(context.remaining());
    response.set_text(std::to_string(left.count()));
    co_return response;
  }
};

class Front final : public hello::Greeter::Handler {
 public:
  explicit Front(std::shared_ptr<cpp_lite::Channel> back) : back_(std::move(back)) {}

  // It would wait for an hour. The handler's own deadline comes first.
  Future<Result<GreetResponse>> Greet(ServerContext&, GreetRequest request) override {
    co_return co_await back_.Greet(request, 1h);
  }

 private:
  hello::Greeter::Client back_;
};

GreetRequest named(const std::string& name) {
  GreetRequest request;
  request.set_name(name);
  return request;
}

}  // namespace

int main() {
  examples::Checks check;

  Back back;
  cpp_lite::Server back_server;
  back_server.add(back);
  check.that(back_server.listen("127.0.0.1:0").ok(), "the back server listens");

  Front front(cpp_lite::connect("127.0.0.1:" + std::to_string(back_server.port())));
  cpp_lite::Server front_server;
  front_server.add(front);
  check.that(front_server.listen("127.0.0.1:0").ok(), "the front server listens");

  hello::Greeter::Client client(
      cpp_lite::connect("127.0.0.1:" + std::to_string(front_server.port())));

  auto quick = client.Greet(named("quick"), 20s).get();
  check.that(quick.ok(), "a call through two servers: " + quick.status().to_string());
  const int left = quick ? std::stoi(quick->text()) : 0;
  check.that(left > 0 && left < 20000,
             "of the client's 20 s the back server has " + std::to_string(left) + " ms");

  auto slow = client.Greet(named("slow"), 1s).get();
  check.that(slow.status().code() == Code::deadline_exceeded, slow.status().to_string());
  check.that(back.gave_up.get_future().wait_for(20s) == std::future_status::ready,
             "and the back server stopped working on it");
  return check.exit_code();
}
