// A store in a schema of its own, a clock that is turned by hand, and short words for calls.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "postgres/store.h"
#include "server.h"
#include "support/store_values.h"

namespace cpp_lite::postgres {

using namespace std::chrono_literals;
using idempotency::Acquired;
using idempotency::BeginArgs;
using idempotency::BeginResult;
using idempotency::Busy;
using idempotency::CompleteResult;
using idempotency::FenceResult;
using idempotency::Replay;
using idempotency::StoredResult;
using idempotency::Token;
using idempotency::Transaction;
using idempotency::TransactionalStore;

// The server's clock and that of this machine. Beside, the server's goes on by itself.
class Machine {
 public:
  void pass(Milliseconds time) {
    ahead_ += time.count();
    elapsed_ += time.count();
  }
  void set_server_ahead(Milliseconds by) { ahead_ += by.count(); }
  void turn(StoreOptions& options) {
    options.elapsed = [this] { return Milliseconds(elapsed_); };
    options.ahead = [this] { return Milliseconds(ahead_); };
  }

 private:
  std::atomic<std::int64_t> ahead_{0}, elapsed_{1000};
};

inline std::string fresh_schema() {
  static std::atomic<int> last{0};
  return "test_" + std::to_string(++last);
}

using idempotency::testing::begin_of;
using idempotency::testing::id_of;
using idempotency::testing::result_of;
using idempotency::testing::token_of;
using idempotency::testing::transactional;

template <typename Answer, typename From>
bool is(const Result<From>& answer) {
  return answer.ok() && std::holds_alternative<Answer>(*answer);
}

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::string why = TestServer::missing(); !why.empty()) GTEST_SKIP() << why;
    options = default_options();
    store = make_store(options);
    ASSERT_EQ(store->check().to_string(), "OK");
  }

  StoreOptions default_options() {
    StoreOptions made;
    made.where = TestServer::instance().where();
    made.schema.schema = schema;
    made.schema.application_schema =
        "CREATE TABLE IF NOT EXISTS " + schema + ".ledger(entry text UNIQUE)";
    made.lock_timeout = 50ms;
    made.on_commit = [this](std::size_t operations) {
      const std::lock_guard lock(mutex);
      commits.push_back(operations);
    };
    made.log = [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex);
      if (line.find("synchronous_standby_names") == line.npos) lines.emplace_back(line);
    };
    machine.turn(made);
    return made;
  }

  std::unique_ptr<Transaction> open(TransactionalStore& at, BeginArgs args) {
    auto opened = at.open(std::move(args)).get();
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  std::unique_ptr<Transaction> open(BeginArgs args) { return open(*store, std::move(args)); }
  bool charge(Transaction& transaction, const std::string& entry = "a") {
    return Sql(transaction.handle())
        .run("INSERT INTO " + schema + ".ledger VALUES('" + entry + "')");
  }
  std::int64_t count(const std::string& table) {
    return Sql(TestServer::instance().where())
        .number("SELECT count(*) FROM " + schema + "." + table);
  }
  std::int64_t charges() { return count("ledger"); }
  std::vector<std::size_t> commits_now() {
    const std::lock_guard lock(mutex);
    return commits;
  }

  const std::string schema = fresh_schema();
  Machine machine;
  std::mutex mutex;  // guards the next two
  std::vector<std::size_t> commits;
  std::vector<std::string> lines;
  StoreOptions options;
  std::shared_ptr<TransactionalStore> store;
};

}  // namespace cpp_lite::postgres
