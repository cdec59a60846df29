// The store of keyed executions in a Redis server, for services that run as several processes or on
// several hosts and can live with a store that may forget. Component cpp_lite::redis_store of the
// CMake package.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/export.h>
#include <cpp_lite/idempotency.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace cpp_lite {

struct RedisStoreOptions {
  // Of all its keys. Processes with the same one share the store.
  std::string prefix = "cpp-lite";
  std::string user = {}, password = {};
  std::size_t connections = 2;  // each has a thread of its own
  // For connecting, and for each answer; then operations fail with UNAVAILABLE.
  std::chrono::nanoseconds timeout = std::chrono::seconds(1);
  // Operations that may wait for a connection; beyond them they fail at once with UNAVAILABLE.
  std::size_t max_waiting = 10'000;
  // How often expired records are looked for; 0: never, purge() is called instead.
  std::chrono::nanoseconds purge_interval = std::chrono::minutes(1);
  // check() refuses a server that forgets what it acknowledged when it is killed: one without
  // `appendonly yes` and `appendfsync always`.
  bool require_persistence = true;
  LogFunction log = log_to_stderr();  // empty: silent; on a thread of the store's
  // After each exchange with the server, on a thread of the store's: how many operations shared it.
  std::function<void(std::size_t operations)> on_exchange = {};
};

// The store at `address`: "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]" or "unix:PATH". The
// connection is tried here, for as long as the timeout; should that fail, check() says why and
// tries again.
//
// It promises no durability (Capabilities::durable is false): a failover, an eviction or a crash
// can make Redis forget a claim, and then a call is executed again. So listen() refuses it unless
// ServerOptions::keyed.allow_volatile_store says that the service can live with that. And it has no
// transactions.
CPP_LITE_API std::shared_ptr<IdempotencyStore> redis_store(std::string address,
                                                           RedisStoreOptions options = {});

}  // namespace cpp_lite
