// A process of a soak that is a server on the store, with clients of its own: what they hear comes
// over sockets, from the layer that users have.
#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>

#include <array>
#include <functional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "soak.lite.h"
#include "soak/database.h"
#include "soak/traces.h"

namespace soak {
namespace {

using namespace cpp_lite::idempotency;  // NOLINT: the vocabulary of the whole file
using namespace std::chrono_literals;
using cpp_lite::Future;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using v1::Done;
using v1::Order;

constexpr int kClients = 3;

std::uint32_t chance() {
  thread_local std::mt19937 random{std::random_device()()};
  return static_cast<std::uint32_t>(random());
}

// Another answer for each execution.
Done done() {
  std::string some;
  for (int i = 0; i < 16; ++i) some += static_cast<char>(chance());
  Done done;
  done.set_execution(some);
  return done;
}

class Transactions final : public v1::Ledger::Handler {
 public:
  Future<Result<Done>> Transactional(ServerContext& context, Order order) override {
    auto& execution = context.idempotency();
    if (!add_effect(execution.transaction_kind(), execution.transaction(), order.number())) {
      return Status::outcome_unknown("the effect could not be written");
    }
    std::this_thread::sleep_for(some_time(order.number(), chance()));
    return done();
  }
};

class Others final : public v1::Elsewhere::Handler {
 public:
  explicit Others(const Plan& plan) : plan_(plan) {}
  Future<Result<Done>> External(ServerContext&, Order order) override {
    take_effect(plan_, order.number(), "");
    co_await cpp_lite::sleep(timers_, some_time(order.number(), chance()));
    co_return done();
  }
  Future<Result<Done>> DownstreamKeyed(ServerContext& context, Order order) override {
    take_effect(plan_, order.number(), context.idempotency().downstream_key("bank"));
    co_await cpp_lite::sleep(timers_, some_time(order.number(), chance()));
    co_return done();
  }

 private:
  const Plan& plan_;
  const std::shared_ptr<cpp_lite::Loop> timers_ = cpp_lite::Loop::create();
};

// One of the server's clients: asks for key after key, each as others do at the same time.
void ask_again_and_again(const Plan& plan, const std::string& address) {
  const auto channel = cpp_lite::connect(address);
  v1::Ledger::Client ledger(channel);
  v1::Elsewhere::Client elsewhere(channel);
  while (!plan.progress->over()) {
    Order order;
    order.set_number(next_key(plan, chance()));
    order.set_key(name_of(order.number()));
    const Mode mode = mode_of(order.number());
    const auto reply = mode == Mode::transactional ? ledger.Transactional(order, 3s).get()
                       : mode == Mode::external    ? elsewhere.External(order, 3s).get()
                                                   : elsewhere.DownstreamKeyed(order, 3s).get();
    if (reply) acknowledge(plan, order.number(), reply->SerializeAsString());
    if (reply.status().code() == cpp_lite::Code::unknown) plan.progress->unknown(order.number());
  }
}

}  // namespace

void serve(const Plan& plan, std::uint32_t) {
  Transactions transactions;
  Others others(plan);
  cpp_lite::Server server({.threads = 4,
                           .idempotency = open_store(plan.where),
                           .anonymous_scope = "soak",
                           .keyed = {.replicas = cpp_lite::Replicas::one_host, .lease = kLease},
                           .log = {}});
  server.add(transactions, cpp_lite::RunOn::threads);
  server.add(others, cpp_lite::RunOn::loop);
  if (!server.listen("127.0.0.1:0").ok()) return;
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back(ask_again_and_again, std::cref(plan),
                         "127.0.0.1:" + std::to_string(server.port()));
  }
  for (std::thread& client : clients) client.join();
}

}  // namespace soak
