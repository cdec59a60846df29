// Duplicates at once, over sockets (docs/rules.md, "Waiting"): one execution, the same bytes for
// all.
#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/idempotency.h>
#include <cpp_lite/server.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "payments/v1/payments.lite.h"
#if KEYED_SQLITE
#include <cpp_lite/sqlite_store.h>
#endif
#if KEYED_POSTGRES
#include <cpp_lite/postgres_store.h>

#include "postgres/server.h"
#endif
#if KEYED_REDIS
#include <cpp_lite/redis_store.h>

#include "redis/redis_server.h"
#endif

namespace keyed {
namespace {

using namespace std::chrono_literals;
using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::IdempotencyStore;
using cpp_lite::KeyedEvent;
using cpp_lite::Reply;
using cpp_lite::ServerContext;
using payments::v1::ChargeRequest;
using payments::v1::ChargeResponse;
using payments::v1::PaymentService;

constexpr int kDuplicates = 50;

ChargeRequest charge_of(std::int64_t cents) {
  ChargeRequest request;
  request.set_customer_id("ada");
  request.set_amount_cents(cents);
  request.set_currency("EUR");
  request.set_idempotency_key("order-of-ada-0001");
  return request;
}

// Each execution is another transaction, and waits for the gate.
class Bank final : public PaymentService::Handler {
 public:
  Future<cpp_lite::Result<ChargeResponse>> ChargeCard(ServerContext& context,
                                                      ChargeRequest) override {
    const int run = ++runs;
    downstream_keys.push_back(context.idempotency().downstream_key("bank"));
    gate.wait(false);
    ChargeResponse response;
    response.set_transaction_id("tx-" + std::to_string(run));
    return response;
  }
  void open_gate() {
    gate = true;
    gate.notify_all();
  }

  std::atomic<int> runs = 0;
  std::atomic<bool> gate = false;
  std::vector<std::string> downstream_keys;  // one handler runs at a time
};

struct Kind {
  const char* name;
  // An empty one, in that folder if it has a file.
  std::function<std::shared_ptr<IdempotencyStore>(const std::string& folder)> make;
  std::string missing = {};  // why there is none
};

class Duplicates : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (!GetParam().missing.empty()) GTEST_SKIP() << GetParam().missing;
    std::filesystem::create_directories(folder_);
    const auto store = GetParam().make(folder_);
    cpp_lite::ServerOptions options{
        .threads = 4,
        .idempotency = store,
        .principal =
            [](const ServerContext& context) {
              return cpp_lite::Principal{
                  "test", std::string(context.metadata().get("caller").value_or("nobody"))};
            },
        .keyed = {.allow_volatile_store = true,
                  .allow_untransactional_store = true,
                  .observe = [this](const KeyedEvent& event) {
                    if (event.kind == KeyedEvent::Kind::waited && ++waiting_ == expected_) {
                      bank_.open_gate();
                    }
                  }}};
    server_ = std::make_unique<cpp_lite::Server>(std::move(options));
    server_->add(bank_, cpp_lite::RunOn::threads);
    const auto status = server_->listen("127.0.0.1:0");
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  void TearDown() override {
    bank_.open_gate();
    clients_.clear();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  // On a connection of its own.
  Future<Reply<ChargeResponse>> charge(std::int64_t cents, const std::string& caller = "shop") {
    clients_.push_back(std::make_unique<PaymentService::Client>(
        cpp_lite::connect("127.0.0.1:" + std::to_string(server_->port()), {.loop = loop_})));
    return clients_.back()->ChargeCard(charge_of(cents), 60s, {.metadata = {{"caller", caller}}});
  }

  const std::string folder_ =
      testing::TempDir() + "keyed-" + GetParam().name + "-" + std::to_string(getpid());
  std::atomic<int> waiting_ = 0;
  std::atomic<int> expected_ = kDuplicates - 1;
  Bank bank_;
  const std::shared_ptr<cpp_lite::Loop> loop_ = cpp_lite::Loop::create();
  std::unique_ptr<cpp_lite::Server> server_;
  std::vector<std::unique_ptr<PaymentService::Client>> clients_;
};

TEST_P(Duplicates, FiftyAtOnceAreOneExecutionAndFiftyTimesTheSameBytes) {
  std::vector<Future<Reply<ChargeResponse>>> calls;
  for (int i = 0; i < kDuplicates; ++i) calls.push_back(charge(5));
  int replays = 0;
  std::set<std::string> bodies;
  for (auto& call : calls) {
    const Reply<ChargeResponse> reply = call.get();
    ASSERT_TRUE(reply) << reply.status().to_string();
    bodies.insert(reply->SerializeAsString());
    if (reply.headers().get("idempotent-replayed")) ++replays;
  }
  EXPECT_EQ(bank_.runs, 1);
  EXPECT_EQ(bodies.size(), 1U);
  EXPECT_EQ(replays, kDuplicates - 1);
}

TEST_P(Duplicates, AnotherAmountIsRefusedDuringAndAfterAndTheOriginalIsUntouched) {
  expected_ = 1;
  auto first = charge(5);
  auto joined = charge(5);  // opens the gate once it waits
  EXPECT_EQ(joined.get()->transaction_id(), "tx-1");
  EXPECT_EQ(charge(6).get().status().code(), Code::invalid_argument);
  EXPECT_EQ(first.get()->transaction_id(), "tx-1");
  EXPECT_EQ(charge(5).get()->transaction_id(), "tx-1");
  EXPECT_EQ(bank_.runs, 1);
}

TEST_P(Duplicates, TwoPrincipalsAreTwoExecutionsWithTwoDownstreamKeys) {
  bank_.open_gate();
  EXPECT_EQ(charge(5, "shop").get()->transaction_id(), "tx-1");
  EXPECT_EQ(charge(5, "another shop").get()->transaction_id(), "tx-2");
  EXPECT_EQ(charge(5, "shop").get()->transaction_id(), "tx-1");
  ASSERT_EQ(bank_.downstream_keys.size(), 2U);
  EXPECT_NE(bank_.downstream_keys[0], bank_.downstream_keys[1]);
}

[[maybe_unused]] std::string fresh_name() {
  static int last = 0;
  return "keyed_" + std::to_string(++last);
}

std::vector<Kind> kinds() {
  std::vector<Kind> all{{"memory", [](const std::string&) { return cpp_lite::memory_store(); }}};
#if KEYED_SQLITE
  all.push_back({"sqlite", [](const std::string& folder) {
                   return cpp_lite::sqlite_store(folder + "/keys.db");
                 }});
#endif
#if KEYED_POSTGRES
  using cpp_lite::postgres::TestServer;
  all.push_back({"postgresql",
                 [](const std::string&) {
                   return cpp_lite::postgres_store(TestServer::instance().where(),
                                                   {.schema = fresh_name(), .log = {}});
                 },
                 TestServer::missing()});
#endif
#if KEYED_REDIS
  all.push_back({"redis",
                 [](const std::string&) {
                   static cpp_lite::redis::RedisServer server;
                   return cpp_lite::redis_store(
                       server.address(), {.prefix = fresh_name(), .require_persistence = false});
                 },
                 cpp_lite::redis::why_no_server()});
#endif
  return all;
}

INSTANTIATE_TEST_SUITE_P(Stores, Duplicates, testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace keyed
