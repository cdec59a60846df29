// Layer: whether its store can promise what a method wants. Each refusal names the ways out.
#include <algorithm>

#include "idempotency/decisions.h"
#include "idempotency/layer.h"

namespace cpp_lite::idempotency {
namespace {

Status refused(const Method& method, std::string_view why) {
  return Status(Code::failed_precondition,
                std::string(method.path) + " is keyed, and " + std::string(why));
}

Status check_sharing(const Method& method, Replicas replicas, const Capabilities& can) {
  if (replicas == Replicas::one_host && !can.multi_process) {
    return refused(method,
                   "its store serves one process, but ServerOptions::keyed.replicas says that "
                   "several share it: use sqlite_store(), postgres_store() or redis_store()");
  }
  if (replicas == Replicas::several_hosts && !can.multi_host) {
    return refused(method,
                   "its store serves one host, but ServerOptions::keyed.replicas says that several "
                   "share it: use postgres_store() or redis_store()");
  }
  return Status();
}

Status check_transactions(const Method& method, RunOn run_on, const Capabilities& can,
                          const IdempotencyOptions& options) {
  if (!can.transactional && !options.allow_untransactional_store) {
    return refused(method,
                   "declared TRANSACTIONAL, but its store has no transactions: use sqlite_store() "
                   "or postgres_store(), or declare other effects, or set "
                   "ServerOptions::keyed.allow_untransactional_store to run it as EXTERNAL");
  }
  if (can.transactional && run_on != RunOn::threads) {
    return refused(method,
                   "declared TRANSACTIONAL, so its handler blocks on the database: add its service "
                   "with RunOn::threads");
  }
  return Status();
}

}  // namespace

Effects Layer::kept_effects(const KeyPolicy& policy) const {
  return idempotency::kept_effects(policy, calls_->store().capabilities());
}

Status Layer::check(const Method& method, const KeyPolicy& policy, RunOn run_on) {
  const Capabilities can = calls_->store().capabilities();
  const IdempotencyOptions& options = calls_->options();
  if (!can.durable && !options.allow_volatile_store) {
    return refused(method,
                   "its store may forget what was executed: use sqlite_store() or "
                   "postgres_store(), or set ServerOptions::keyed.allow_volatile_store, as tests "
                   "do");
  }
  if (Status bad = check_sharing(method, options.replicas, can); !bad.ok()) return bad;
  if (policy.effects == Effects::transactional) {
    if (Status bad = check_transactions(method, run_on, can, options); !bad.ok()) return bad;
  }
  if (!policy.shared_scope && !principal_ && anonymous_scope_.empty()) {
    return refused(method,
                   "nothing tells whose keys are whose: set ServerOptions::principal (who calls), "
                   "or ServerOptions::anonymous_scope (one scope for all callers), or say \"scope: "
                   "SHARED\" in the .proto");
  }
  if (can.one_writer && kept_effects(policy) == Effects::transactional) {
    held_up_ = std::max(held_up_, std::chrono::ceil<Milliseconds>(policy.max_execution));
  }
  return Status();
}

}  // namespace cpp_lite::idempotency
