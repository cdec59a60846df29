// For programs that have an Asio event loop already: a handler that waits for what Asio does, and
// an Asio coroutine that waits for calls. Needs Asio's headers; nothing else of cpp_lite does.
#include <cpp_lite/asio.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>

#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_future.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "check.h"
#include "hello.lite.h"

using namespace std::chrono_literals;

namespace {

class Greeter final : public hello::Greeter::Handler {
 public:
  explicit Greeter(asio::io_context& context) : context_(context) {}

  // The timer runs on Asio's thread; the handler goes on where it belongs, on its own loop.
  cpp_lite::Future<cpp_lite::Result<hello::GreetResponse>> Greet(
      cpp_lite::ServerContext&, hello::GreetRequest request) override {
    asio::steady_timer timer(context_, 5ms);
    co_await timer.async_wait(cpp_lite::use_future);
    hello::GreetResponse response;
    response.set_text("Hello after a while, " + request.name());
    co_return response;
  }

 private:
  asio::io_context& context_;
};

// An Asio coroutine: it resumes on Asio's thread. Cancelling it cancels the call.
asio::awaitable<std::string> ask(hello::Greeter::Client client) {
  hello::GreetRequest request;
  request.set_name("Ada");
  auto reply = co_await cpp_lite::as_awaitable(client.Greet(request, 20s));
  co_return reply ? reply->text() : reply.status().to_string();
}

}  // namespace

int main() {
  examples::Checks check;
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  std::thread thread([&] { context.run(); });
  {
    Greeter greeter(context);
    cpp_lite::Server server;
    server.add(greeter);
    check.that(server.listen("127.0.0.1:0").ok(), "the server listens");
    hello::Greeter::Client client(cpp_lite::connect("127.0.0.1:" + std::to_string(server.port())));
    const std::string said = asio::co_spawn(context, ask(client), asio::use_future).get();
    check.that(said == "Hello after a while, Ada", said);
  }
  work.reset();
  thread.join();
  return check.exit_code();
}
