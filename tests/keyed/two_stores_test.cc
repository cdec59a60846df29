// Two servers with a database each, one client with round_robin, and answers that are lost: no call
// is taken to the store that does not know it (docs/rules.md, "Several endpoints").
#if KEYED_SQLITE
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>
#include <cpp_lite/sqlite_store.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "losing_relay.h"
#include "payments/v1/payments.lite.h"

namespace keyed {
namespace {

using namespace std::chrono_literals;
using cpp_lite::Future;
using cpp_lite::ServerContext;
using payments::v1::ChargeRequest;
using payments::v1::ChargeResponse;
using payments::v1::PaymentService;

// What all sites executed, and what is to go wrong with the next execution.
struct Script {
  std::mutex mutex;
  std::map<std::string, int> runs;  // guarded by mutex
  std::atomic<bool> lose{false}, move{false};
};

class Site final : public PaymentService::Handler {
 public:
  Site(std::string name, const std::string& folder, Script& script)
      : name_(std::move(name)), script_(script) {
    server_ = std::make_unique<cpp_lite::Server>(
        cpp_lite::ServerOptions{.idempotency = cpp_lite::sqlite_store(folder + "/" + name_ + ".db"),
                                .anonymous_scope = "test"});
    server_->add(*this, cpp_lite::RunOn::threads);
    const auto status = server_->listen("127.0.0.1:0");
    EXPECT_TRUE(status.ok()) << status.to_string();
    relay = std::make_unique<LosingRelay>(port());
  }
  ~Site() override {
    server_.reset();
    relay.reset();
  }

  Future<cpp_lite::Result<ChargeResponse>> ChargeCard(ServerContext&,
                                                      ChargeRequest request) override {
    {
      const std::lock_guard lock(script_.mutex);
      ++script_.runs[request.idempotency_key()];
    }
    if (script_.move.exchange(false)) relay->lead_to(other->port());
    if (script_.lose.exchange(false)) relay->lose_next_answer();
    ChargeResponse response;
    response.set_transaction_id(name_);
    return response;
  }
  std::uint16_t port() const { return static_cast<std::uint16_t>(server_->port()); }

  std::unique_ptr<LosingRelay> relay;
  Site* other = nullptr;

 private:
  const std::string name_;
  Script& script_;
  std::unique_ptr<cpp_lite::Server> server_;
};

class TwoStores : public testing::Test {
 protected:
  TwoStores() {
    one_.other = &two_;
    two_.other = &one_;
  }
  ~TwoStores() override {
    client_.reset();
    std::filesystem::remove_all(folder_);
  }
  auto charge(const std::string& key) {
    ChargeRequest request;
    request.set_customer_id("ada");
    request.set_amount_cents(5);
    request.set_currency("EUR");
    request.set_idempotency_key(key);
    return client_->ChargeCard(request, 60s).get();
  }
  // Until the client has heard which stores stand behind both addresses.
  void hear_of_both() {
    std::map<std::string, int> heard;
    for (int i = 0; heard.size() < 2; ++i) {
      ASSERT_LT(i, 100'000);
      const auto reply = charge("a-first-order-" + std::to_string(i));
      ASSERT_TRUE(reply) << reply.status().to_string();
      ++heard[reply->transaction_id()];
    }
  }
  int runs(const std::string& key) {
    const std::lock_guard lock(script_.mutex);
    return script_.runs[key];
  }
  static std::string make(const std::string& folder) {
    std::filesystem::create_directories(folder);
    return folder;
  }

  Script script_;
  const std::string folder_ = make(testing::TempDir() + "two-stores-" + std::to_string(getpid()));
  Site one_{"one", folder_, script_}, two_{"two", folder_, script_};
  std::unique_ptr<PaymentService::Client> client_ = std::make_unique<PaymentService::Client>(
      cpp_lite::connect("ipv4:" + one_.relay->address() + "," + two_.relay->address(),
                        {.load_balancing = cpp_lite::LoadBalancing::round_robin}));
};

TEST_F(TwoStores, ACallWhoseAnswerIsLostIsAskedForWhereItRan) {
  hear_of_both();
  for (int i = 0; i < 20; ++i) {
    const std::string key = "an-order-of-ada-" + std::to_string(i);
    script_.lose = i % 2 == 0;
    const auto reply = charge(key);
    ASSERT_TRUE(reply) << reply.status().to_string();
    EXPECT_EQ(reply.headers().get("idempotent-replayed").has_value(), i % 2 == 0) << key;
    EXPECT_EQ(runs(key), 1) << key;
  }
}

// A deploy that puts another database behind an address: the client finds that out too late.
TEST_F(TwoStores, ACallWhoseStoreIsGoneFromItsAddressIsNotExecutedByTheNextOne) {
  hear_of_both();
  script_.lose = script_.move = true;
  const auto reply = charge("an-order-of-ada-0001");
  EXPECT_EQ(reply.status().code(), cpp_lite::Code::unavailable) << reply.status().to_string();
  EXPECT_EQ(runs("an-order-of-ada-0001"), 1);
  EXPECT_TRUE(charge("an-order-of-ada-0002"));
}

}  // namespace
}  // namespace keyed
#endif
