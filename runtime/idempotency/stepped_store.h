// What stores with transactions have in common: each operation on a record is a step of state.h,
// and they differ in how they take it.
#pragma once

#include <cpp_lite/idempotency.h>

#include <utility>

#include "idempotency/state.h"

namespace cpp_lite::idempotency {

// Self has, for any function `step` of (const Record* before, Time now) that returns a Step,
//   Future<Result<Answer>> change<Answer>(id, step)     which does not read a completed result
//   Future<Status> administer(id, step)                 which reads it
template <typename Self>
class SteppedStore : public TransactionalStore {
 public:
  Future<Result<CompleteResult>> complete(Id id, Token token, StoredResult result,
                                          Milliseconds ttl) final {
    return self().template change<CompleteResult>(
        id, [token, result = std::move(result), ttl](const Record* before, Time now) mutable {
          return idempotency::complete(before, token, std::move(result), ttl, now);
        });
  }
  Future<Result<FenceResult>> release(Id id, Token token) final {
    return self().template change<FenceResult>(id, [token](const Record* before, Time now) {
      return idempotency::release(before, token, now);
    });
  }
  Future<Result<FenceResult>> renew(Id id, Token token, Milliseconds lease) final {
    return self().template change<FenceResult>(id, [token, lease](const Record* before, Time now) {
      return idempotency::renew(before, token, lease, now);
    });
  }
  Future<Result<FenceResult>> yield(Id id, Token token) final {
    return self().template change<FenceResult>(id, [token](const Record* before, Time now) {
      return idempotency::yield(before, token, now);
    });
  }
  Future<Result<FenceResult>> mark_unknown(Id id, Token token) final {
    return self().template change<FenceResult>(id, [token](const Record* before, Time now) {
      return idempotency::mark_unknown(before, token, now);
    });
  }

  Future<Status> resolve(Id id, Token token, Resolution resolution) final {
    return self().administer(
        id, [token, resolution = std::move(resolution)](const Record* before, Time now) {
          return idempotency::resolve(before, token, resolution, now);
        });
  }
  Future<Status> redact(Id id) final {
    return self().administer(
        id, [](const Record* before, Time now) { return idempotency::redact(before, now); });
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }
};

}  // namespace cpp_lite::idempotency
