// A server on SQLite, over sockets, whose database gets into trouble and out of it (docs/rules.md,
// "Keys"): clear statuses, nothing executed without a claim, no claim stuck, no restart.
#if KEYED_SQLITE
#include <cpp_lite/channel.h>
#include <cpp_lite/idempotency.h>
#include <cpp_lite/server.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "counter.lite.h"
#include "payments/v1/payments.lite.h"
#include "sqlite/sqlite_support.h"
#include "trouble.h"

namespace keyed {
namespace {

using namespace std::chrono_literals;
using counter::v1::AddOnceRequest;
using counter::v1::AddOnceResponse;
using counter::v1::Counter;
using cpp_lite::Code;
using cpp_lite::Deadline;
using cpp_lite::Future;
using cpp_lite::KeyedEvent;
using cpp_lite::Reply;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using cpp_lite::sqlite::begin_of;
using cpp_lite::sqlite::Machine;
using cpp_lite::sqlite::Shell;
using payments::v1::ChargeRequest;
using payments::v1::ChargeResponse;
using payments::v1::PaymentService;

// What all handlers did.
struct Deeds {
  std::mutex mutex;
  std::map<std::string, int> runs;  // guarded by mutex
  std::atomic<int> held{0};         // executions that wait for the gate
  std::atomic<bool> gate{false};
  std::atomic<int> overdue{0};  // handlers that a store says it has waited for in vain

  void hold() {
    ++held;
    held.notify_all();
    gate.wait(false);
  }
  void wait_until_held() {
    while (held == 0) held.wait(0);
  }
  void open_gate() {
    gate = true;
    gate.notify_all();
  }
};

// EXTERNAL: the claim is durable before it runs, its result is stored afterwards.
class Adder final : public Counter::Handler {
 public:
  static constexpr int kHeld = 7;  // such an amount waits for the gate
  explicit Adder(Deeds& deeds) : deeds_(deeds) {}
  Future<Result<AddOnceResponse>> AddOnce(ServerContext&, AddOnceRequest request) override {
    {
      const std::lock_guard lock(deeds_.mutex);
      ++deeds_.runs[request.request_id()];
    }
    if (request.amount() == kHeld) deeds_.hold();
    AddOnceResponse response;
    response.set_total(request.amount());
    return response;
  }

 private:
  Deeds& deeds_;
};

// TRANSACTIONAL: the ledger is in the store's database. Its answers are large. Streams wait for the
// gate, and keep a thread meanwhile.
class Charger final : public PaymentService::Handler {
 public:
  explicit Charger(Deeds& deeds) : deeds_(deeds) {}
  Future<Status> StreamTransactions(ServerContext&, payments::v1::TransactionStreamRequest,
                                    cpp_lite::Writer<payments::v1::Transaction>&) override {
    deeds_.hold();
    return Status();
  }
  Future<Result<ChargeResponse>> ChargeCard(ServerContext& context,
                                            ChargeRequest request) override {
    auto* const database = static_cast<sqlite3*>(context.idempotency().transaction());
    const std::string sql = "INSERT INTO ledger VALUES('" + request.idempotency_key() + "')";
    if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      return Status::outcome_unknown("the ledger cannot be written");
    }
    ChargeResponse response;
    response.set_transaction_id(request.idempotency_key());
    response.set_processor_reference(std::string(30'000, 'x'));
    return response;
  }

 private:
  Deeds& deeds_;
};

// One server. Its clients repeat nothing, and wait for as long as it takes: it is the server that
// has to answer within `patience`.
class OneServer {
 public:
  OneServer(const std::string& path, Machine& machine, Deeds& deeds,
            std::chrono::nanoseconds patience = 1min, int threads = 4)
      : deeds_(deeds), adder_(deeds), charger_(deeds) {
    cpp_lite::sqlite::WriterOptions at;
    at.path = path;
    at.setup.busy_timeout = 20ms;
    at.application_schema = "CREATE TABLE IF NOT EXISTS ledger(key)";
    at.clocks = machine.clocks();
    at.log = [&deeds](cpp_lite::LogLevel, std::string_view line) {
      if (line.find("beyond its lease") != std::string_view::npos) ++deeds.overdue;
    };
    store = cpp_lite::sqlite::make_store(at, true);
    cpp_lite::ServerOptions options{
        .threads = threads,
        .default_deadline = patience,
        .max_deadline = patience,
        .idempotency = store,
        .anonymous_scope = "test",
        .keyed = {.lease = 1h, .observe = [this](const KeyedEvent& event) {
                    if (event.kind != KeyedEvent::Kind::store) return;
                    ++store_operations;
                    store_operations.notify_all();
                  }}};
    server_ = std::make_unique<cpp_lite::Server>(std::move(options));
    server_->add(adder_, cpp_lite::RunOn::threads);
    server_->add(charger_, cpp_lite::RunOn::threads);
    const Status status = server_->listen("127.0.0.1:0");
    EXPECT_TRUE(status.ok()) << status.to_string();
    const auto channel =
        cpp_lite::connect("127.0.0.1:" + std::to_string(server_->port()), {.retries = false});
    counter_ = std::make_unique<Counter::Client>(channel);
    payments_ = std::make_unique<PaymentService::Client>(channel);
  }

  ~OneServer() { deeds_.open_gate(); }
  OneServer(const OneServer&) = delete;
  OneServer& operator=(const OneServer&) = delete;

  Future<Reply<AddOnceResponse>> add(const std::string& key, int amount = 1) {
    AddOnceRequest request;
    request.set_amount(amount);
    request.set_request_id("an-order-of-ada-" + key);
    return counter_->AddOnce(request, Deadline::never());
  }
  Future<Reply<AddOnceResponse>> add_held(const std::string& key) { return add(key, Adder::kHeld); }
  // For as long as it is said to be in progress.
  Reply<AddOnceResponse> ask_for_held(const std::string& key) {
    for (int i = 0;; ++i) {
      Reply<AddOnceResponse> reply = add_held(key).get();
      if (reply.status().code() != Code::unavailable || i == 100) return reply;
    }
  }
  Reply<ChargeResponse> charge(const std::string& key) { return charging(key).get(); }
  Future<Reply<ChargeResponse>> charging(const std::string& key) {
    ChargeRequest request;
    request.set_customer_id("ada");
    request.set_amount_cents(5);
    request.set_currency("EUR");
    request.set_idempotency_key("an-order-of-ada-" + key);
    return payments_->ChargeCard(request, Deadline::never());
  }
  auto stream() { return payments_->StreamTransactions({}, Deadline::never()); }

  std::shared_ptr<cpp_lite::IdempotencyStore> store;
  std::atomic<int> store_operations{0};

 private:
  Deeds& deeds_;
  Adder adder_;
  Charger charger_;
  std::unique_ptr<cpp_lite::Server> server_;
  std::unique_ptr<Counter::Client> counter_;
  std::unique_ptr<PaymentService::Client> payments_;
};

bool is_replay(const auto& reply) { return reply.headers().get("idempotent-replayed").has_value(); }

class SqliteTrouble : public testing::Test {
 protected:
  int runs(const std::string& key) {
    const std::lock_guard lock(deeds.mutex);
    return deeds.runs["an-order-of-ada-" + key];
  }
  static std::int64_t charges(const std::string& path) {
    return Shell(path).number("SELECT count(*) FROM ledger");
  }
  // By TRANSACTIONAL methods, whatever was tried.
  static void expect_unavailable(const Status& status) {
    EXPECT_EQ(status.code(), Code::unavailable) << status.to_string();
    EXPECT_FALSE(status.message().empty());
  }
  static void expect_refused(const Status& status, const std::string& why) {
    EXPECT_EQ(status.code(), Code::unavailable) << status.to_string();
    EXPECT_TRUE(status.is_not_executed()) << status.to_string();
    EXPECT_NE(status.message().find("the store of idempotency keys does not answer"),
              std::string::npos)
        << status.to_string();
    EXPECT_NE(status.message().find(why), std::string::npos) << status.to_string();
  }
  // While nothing can be written: what is new is refused, and does not run. Then it can be written.
  void expect_refusal_and_recovery(const std::string& path, const std::string& why,
                                   const std::function<void()>& begin_trouble,
                                   const std::function<void()>& end_trouble) {
    OneServer site(path, machine, deeds, 500ms);
    ASSERT_TRUE(site.add("before").get());
    ASSERT_TRUE(site.charge("before"));
    auto held = site.add_held("held");
    deeds.wait_until_held();

    begin_trouble();
    expect_refused(site.add("new").get().status(), why);
    expect_unavailable(site.charge("new").status());
    deeds.open_gate();  // its answer cannot be stored, so it is not told
    expect_refused(site.add("new").get().status(), why);
    EXPECT_FALSE(held.get());
    EXPECT_EQ(runs("new"), 0);
    EXPECT_EQ(charges(path), 1);

    end_trouble();
    const Reply<AddOnceResponse> late = site.ask_for_held("held");
    ASSERT_TRUE(late) << late.status().to_string();
    EXPECT_TRUE(is_replay(late));
    EXPECT_TRUE(is_replay(site.add("before").get()));
    EXPECT_TRUE(is_replay(site.charge("before")));
    EXPECT_TRUE(site.add("new").get());
    EXPECT_TRUE(site.charge("new"));
    EXPECT_EQ(runs("held"), 1);
    EXPECT_EQ(runs("new"), 1);
    EXPECT_EQ(charges(path), 2);
  }
  // A duplicate comes to another server while the system's clock is wrong.
  void expect_that_no_jump_matters(std::chrono::milliseconds jump) {
    const std::string path = folder / "keys.db";
    OneServer one(path, machine, deeds), two(path, machine, deeds);
    ASSERT_TRUE(one.charge("before"));
    auto held = one.add_held("held");
    deeds.wait_until_held();

    machine.set_wall_ahead(jump);
    auto duplicate = two.add_held("held");
    while (two.store_operations == 0) two.store_operations.wait(0);
    EXPECT_TRUE(is_replay(two.charge("before")));
    EXPECT_TRUE(two.charge("meanwhile"));
    EXPECT_EQ(*two.store->purge(10).get(), 0U);

    machine.set_wall_ahead(-jump);
    deeds.open_gate();
    EXPECT_EQ(held.get()->total(), Adder::kHeld);
    const Reply<AddOnceResponse> same = duplicate.get();
    ASSERT_TRUE(same) << same.status().to_string();
    EXPECT_TRUE(is_replay(same));
    EXPECT_TRUE(is_replay(one.charge("meanwhile")));
    EXPECT_EQ(*one.store->purge(10).get(), 0U);
    EXPECT_EQ(runs("held"), 1);
    EXPECT_EQ(charges(path), 2);
  }

  cpp_lite::sqlite::TemporaryFolder folder;
  Machine machine;
  Deeds deeds;
};

TEST_F(SqliteTrouble, AFullDiskRefusesWhatIsNewAndLosesNothing) {
  SmallDisk disk(folder / "disk");
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  expect_refusal_and_recovery(
      disk / "keys.db", "full", [&] { disk.take(); }, [&] { disk.give_back(); });
}

TEST_F(SqliteTrouble, ADiskThatFillsWithAnswersHasNoChargeWithoutOne) {
  SmallDisk disk(folder / "disk");
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  disk.take(300'000);
  OneServer site(disk / "keys.db", machine, deeds);
  int answered = 0;
  const auto next = [&] { return site.charge(std::to_string(answered)); };
  Reply<ChargeResponse> last = next();
  for (; last && answered < 100; last = next()) ++answered;
  expect_unavailable(last.status());
  EXPECT_GT(answered, 5);
  EXPECT_EQ(charges(disk / "keys.db"), answered);
  EXPECT_TRUE(is_replay(site.charge("0")));

  disk.give_back();
  const Reply<ChargeResponse> again = next();
  ASSERT_TRUE(again) << again.status().to_string();
  EXPECT_FALSE(is_replay(again));
  EXPECT_EQ(charges(disk / "keys.db"), answered + 1);
  for (int i = 0; i <= answered; ++i) EXPECT_TRUE(is_replay(site.charge(std::to_string(i)))) << i;
}

TEST_F(SqliteTrouble, ADatabaseThatAnotherProcessLocksRefusesWhatIsNewAndRecovers) {
  const std::string path = folder / "keys.db";
  OtherProcess other(path);
  expect_refusal_and_recovery(
      path, "", [&] { ASSERT_TRUE(other.lock()); }, [&] { ASSERT_TRUE(other.unlock()); });
}

TEST_F(SqliteTrouble, WhileAllThreadsAreBusyTheDatabaseWaitsForNoHandler) {
  OneServer site(folder / "keys.db", machine, deeds, 1min, 1);
  auto& store = static_cast<cpp_lite::idempotency::TransactionalStore&>(*site.store);
  auto first = *store.open(begin_of(1, 1)).get();
  ASSERT_TRUE(first->take());
  auto charging = site.charging("one");  // waits for its turn, without a thread
  const auto stream = site.stream();     // takes the only one
  deeds.wait_until_held();

  ASSERT_TRUE(first->release().get().ok());
  ASSERT_TRUE(store.begin(begin_of(2, 2)).get().ok());
  EXPECT_EQ(deeds.overdue, 0);
  EXPECT_EQ(charges(folder / "keys.db"), 0);

  deeds.open_gate();
  const Reply<ChargeResponse> charged = charging.get();
  ASSERT_TRUE(charged) << charged.status().to_string();
  EXPECT_EQ(charges(folder / "keys.db"), 1);
}

TEST_F(SqliteTrouble, AClockThatIsSetBackAnHourForAWhileChangesNothing) {
  expect_that_no_jump_matters(-1h);
}

TEST_F(SqliteTrouble, AClockThatIsAYearAheadForAWhileChangesNothing) {
  expect_that_no_jump_matters(365 * 24h);
}

}  // namespace
}  // namespace keyed
#endif
