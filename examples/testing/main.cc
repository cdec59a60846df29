// How to test a service and its callers: no network, no waiting, faults on demand. In a test of
// yours the checks are your test framework's.
#include <cpp_lite/server.h>
#include <cpp_lite/testing.h>

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

class Greeter final : public hello::Greeter::Handler {
 public:
  std::promise<void> waiting;

  Future<Result<GreetResponse>> Greet(ServerContext& context, GreetRequest request) override {
    if (request.name() == "nobody") {  // an answer that never comes
      waiting.set_value();
      co_await context.cancelled();
      co_return Status(Code::cancelled, "nobody waits");
    }
    GreetResponse response;
    response.set_text("Hello, " + request.name());
    co_return response;
  }
};

GreetRequest named(const std::string& name) {
  GreetRequest request;
  request.set_name(name);
  return request;
}

// The server need not listen; everything else is what a client far away would meet.
void call_without_a_network(examples::Checks& check) {
  Greeter greeter;
  cpp_lite::Server server;
  server.add(greeter);
  hello::Greeter::Client client(cpp_lite::testing::in_process(server));
  auto reply = client.Greet(named("Ada"), 5s).get();
  check.that(reply && reply->text() == "Hello, Ada", "a call inside this process");
}

// An hour passes at once.
void turn_the_clock(examples::Checks& check) {
  cpp_lite::testing::ManualClock clock;
  Greeter greeter;
  cpp_lite::Server server({.clock = &clock});
  server.add(greeter);
  hello::Greeter::Client client(cpp_lite::testing::in_process(server));
  auto pending = client.Greet(named("nobody"), 1h);
  greeter.waiting.get_future().wait();
  clock.advance(59min);
  check.that(!pending.ready(), "after 59 minutes the call still waits");
  clock.advance(1min);
  check.that(pending.get().status().code() == Code::deadline_exceeded, "after 60 it does not");
}

// What does my client do when the server goes away in the middle?
void lose_the_connection(examples::Checks& check) {
  auto faults = cpp_lite::testing::Faults::create();
  Greeter greeter;
  cpp_lite::Server server;
  server.add(greeter);
  hello::Greeter::Client client(cpp_lite::testing::in_process(server, {}, faults));
  auto pending = client.Greet(named("nobody"), 1h);
  greeter.waiting.get_future().wait();
  faults->cut();
  check.that(pending.get().status().code() == Code::unavailable, "a lost connection shows");
  check.that(client.Greet(named("Ada"), 5s).get().ok(), "and the next call makes a new one");
}

}  // namespace

int main() {
  examples::Checks check;
  call_without_a_network(check);
  turn_the_clock(check);
  lose_the_connection(check);
  return check.exit_code();
}
