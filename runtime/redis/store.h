// The store's face: each operation of idempotency::Store as work for the pool.
#pragma once

#include <cpp_lite/idempotency.h>

#include <memory>

#include "redis/pool.h"

namespace cpp_lite::redis {

// redis_store() with what tests turn. Waits for the first attempt to connect.
std::shared_ptr<idempotency::Store> make_store(PoolOptions options, bool require_persistence);

}  // namespace cpp_lite::redis
