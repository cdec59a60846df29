// The store's face: each operation of idempotency::Store as work for its threads.
#pragma once

#include <cpp_lite/idempotency.h>

#include <memory>

#include "postgres/context.h"

namespace cpp_lite::postgres {

// postgres_store() with what tests turn.
std::shared_ptr<idempotency::TransactionalStore> make_store(StoreOptions options);

}  // namespace cpp_lite::postgres
