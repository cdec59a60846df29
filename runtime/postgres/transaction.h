// open(): a transaction of its own, on a connection of its own, that a handler gets between its
// claim and its result.
//
//   open       BEGIN, lock of the key, its record; begin(); SAVEPOINT     in one exchange
//   handler    its statements
//   complete   RELEASE or ROLLBACK TO the savepoint; the record; COMMIT   in one exchange
//
// Nothing of the claim is written before the result is: until then the lock says that somebody is
// at work on the key, and a crash leaves nothing.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/idempotency.h>
#include <cpp_lite/result.h>

#include <memory>

#include "postgres/core.h"

namespace cpp_lite::postgres {

Future<Result<std::unique_ptr<idempotency::Transaction>>> open(const std::shared_ptr<Core>& core,
                                                               idempotency::BeginArgs args);

}  // namespace cpp_lite::postgres
