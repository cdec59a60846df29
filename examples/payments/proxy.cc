// payments_proxy --target=host:port: a bad network between a client and payments_server. It loses
// requests and replies, delays them, and delivers requests twice.
#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "flags.h"
#include "payments/v1/payments.lite.h"

using namespace std::chrono_literals;
using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using payments::v1::ChargeRequest;
using payments::v1::ChargeResponse;
using payments::v1::PaymentService;

namespace {

// What happens to one request.
struct Fate {
  bool loses_request, loses_reply, twice, silent;
  std::chrono::milliseconds delay;
};

// Thread-safe.
class Weather {
 public:
  Weather(unsigned seed, int percent) : random_(seed), percent_(percent) {}

  Fate next() {
    std::lock_guard lock(mutex_);
    return {.loses_request = happens(),
            .loses_reply = happens(),
            .twice = happens(),
            .silent = happens(),
            .delay = std::chrono::milliseconds(std::uniform_int_distribution<>(0, 100)(random_))};
  }

 private:
  bool happens() { return std::uniform_int_distribution<>(1, 100)(random_) <= percent_; }

  std::mutex mutex_;
  std::minstd_rand random_;  // guarded by mutex_
  const int percent_;
};

class Proxy final : public PaymentService::Handler {
 public:
  Proxy(const std::string& target, Weather& weather)
      : server_(cpp_lite::connect(target, {.retries = false})), weather_(weather) {}

  Future<Result<ChargeResponse>> ChargeCard(ServerContext& context,
                                            ChargeRequest request) override {
    const Fate fate = weather_.next();
    if (fate.loses_request) co_return co_await lost(context, fate);
    co_await cpp_lite::sleep(timers_, fate.delay);
    std::optional<Future<cpp_lite::Reply<ChargeResponse>>> copy;
    if (fate.twice) copy.emplace(server_.ChargeCard(request, 5s));
    auto reply = co_await server_.ChargeCard(request, 5s);
    if (copy) (void)co_await std::move(*copy);
    if (fate.loses_reply) co_return co_await lost(context, fate);
    if (!reply) co_return reply.status();
    if (reply.headers().get("idempotent-replayed")) {
      context.set_header("idempotent-replayed", "true");
    }
    co_return *std::move(reply);
  }

 private:
  // Either the connection breaks, or nothing is heard any more.
  static Future<Status> lost(ServerContext& context, const Fate& fate) {
    if (fate.silent) co_await context.cancelled();
    co_return Status(Code::unavailable, "lost");
  }

  PaymentService::Client server_;
  Weather& weather_;
  const std::shared_ptr<cpp_lite::Loop> timers_ = cpp_lite::Loop::create();
};

}  // namespace

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv,
      "usage: payments_proxy --target=host:port [--port=0] [--percent=10] [--seed=1]\n"
      "  --percent   of requests to lose, of replies to lose, of requests to send twice\n",
      {{"target", "127.0.0.1:50051"}, {"port", "0"}, {"percent", "10"}, {"seed", "1"}});
  Weather weather(static_cast<unsigned>(std::stoul(flags.at("seed"))),
                  std::stoi(flags.at("percent")));
  Proxy proxy(flags.at("target"), weather);
  cpp_lite::Server server({.ignore_keys = true});  // keys are the business of the server behind it
  server.add(proxy);
  server.stop_on(SIGTERM, SIGINT);
  if (auto status = server.listen("127.0.0.1:" + flags.at("port")); !status.ok()) {
    std::cerr << status.to_string() << "\n";
    return 1;
  }
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;
  server.run();
}
