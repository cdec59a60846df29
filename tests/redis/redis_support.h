// Stores in a server that all tests share, each under a prefix of its own; a clock that is turned
// by hand; a way to lose answers.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "redis/store.h"
#include "redis_server.h"
#include "support/store_values.h"

namespace cpp_lite::redis {

using namespace std::chrono_literals;
using namespace idempotency::testing;
using idempotency::Acquired;
using idempotency::BeginArgs;
using idempotency::BeginResult;
using idempotency::Busy;
using idempotency::CompleteResult;
using idempotency::FenceResult;
using idempotency::Replay;
using idempotency::Store;
using idempotency::StoredResult;
using idempotency::Token;

// Started once; only where why_no_server() is empty.
inline RedisServer& shared_server() {
  static RedisServer server;
  return server;
}

inline std::string fresh_prefix() {
  static int count = 0;
  return "test-" + std::to_string(++count);
}

// The time that tests let pass, on the server's clock and on this machine's.
class Machine {
 public:
  void pass(Milliseconds time) { set_ahead(time), steady_ += time.count(); }
  void set_ahead(Milliseconds time) { ahead_ += time.count(); }
  void apply(PoolOptions& options) {
    options.ahead = [this] { return Milliseconds(ahead_); };
    options.clocks.steady = [this, real = options.clocks.steady] {
      return real() + Milliseconds(steady_);
    };
  }

 private:
  std::atomic<std::int64_t> ahead_{0}, steady_{0};
};

inline BeginArgs begin_of(std::uint8_t key, std::uint8_t n) {
  BeginArgs args;
  args.id = id_of(key);
  args.token = token(n);
  args.lease = 10min;
  args.ttl = 1h;
  args.label = {"/shop.Shop/Buy", "alice", "key-" + std::to_string(key)};
  return args;
}

class RedisTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!why_no_server().empty()) GTEST_SKIP() << why_no_server();
  }

  PoolOptions options_at(const std::string& address) {
    PoolOptions options;
    options.address = parse_address(address);
    options.prefix = prefix;
    options.connections = 1;
    options.timeout = 10s;
    options.on_exchange = [this](std::size_t operations) {
      const std::lock_guard lock(mutex);
      exchanges.push_back(operations);
    };
    machine.apply(options);
    return options;
  }
  std::shared_ptr<Store> open_store() {
    return make_store(options_at(shared_server().address()), false);
  }
  // Another client's command.
  static Result<Answer> tell(const std::string& address, const Command& command) {
    auto connection = Connection::open(*parse_address(address), 10s);
    if (!connection.ok()) return connection.status();
    return (*connection)->ask(command);
  }
  static void tell(const Command& command) {
    const auto answer = tell(shared_server().address(), command);
    EXPECT_TRUE(answer.ok()) << answer.status().to_string();
  }

  Machine machine;
  const std::string prefix = fresh_prefix();
  std::mutex mutex;  // guards the rest
  std::vector<std::size_t> exchanges;
};

template <typename Kind, typename From>
bool got(const Result<From>& answer) {
  return answer.ok() && std::holds_alternative<Kind>(*answer);
}

}  // namespace cpp_lite::redis
