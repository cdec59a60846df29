#include <cpp_lite/redis_store.h>

#include <memory>
#include <string>
#include <utility>

#include "redis/store.h"

namespace cpp_lite {

std::shared_ptr<IdempotencyStore> redis_store(std::string address, RedisStoreOptions options) {
  redis::PoolOptions pool;
  pool.address = redis::parse_address(address);
  if (pool.address.ok() && !options.password.empty()) {
    pool.address->user = std::move(options.user);
    pool.address->password = std::move(options.password);
  }
  pool.prefix = std::move(options.prefix);
  pool.connections = options.connections;
  pool.timeout = options.timeout;
  pool.max_waiting = options.max_waiting;
  pool.purge_interval = options.purge_interval;
  pool.log = std::move(options.log);
  pool.on_exchange = std::move(options.on_exchange);
  return redis::make_store(std::move(pool), options.require_persistence);
}

}  // namespace cpp_lite
