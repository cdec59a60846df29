// What stands between a server and the handlers of its keyed methods (docs/rules.md, "Keys").
#pragma once

#include <cpp_lite/server.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "idempotency/decisions.h"
#include "idempotency/execution.h"
#include "idempotency/flights.h"
#include "idempotency/job.h"
#include "idempotency/record_id.h"
#include "idempotency/store_calls.h"

namespace cpp_lite::idempotency {

// One per server. Thread-safe; each request's coroutine runs where its handler runs.
class Layer final : public KeyedServer {
 public:
  Layer(std::shared_ptr<Store> store, const ServerOptions& options);
  ~Layer() override { calls_->stop(); }

  Status check(const Method& method, const KeyPolicy& policy, RunOn run_on) override;
  Future<KeyedAnswer> serve(KeyedCall& call, const Method& method,
                            const KeyPolicy& policy) override;
  void give_up() override { calls_->give_up(); }
  const std::string& store_id() const override { return calls_->store().id(); }

 private:
  Effects kept_effects(const KeyPolicy& policy) const;
  Result<Scope> scope_of(const ServerContext& context, const KeyPolicy& policy) const;
  Result<std::optional<Job>> job_of(KeyedCall& call, const Method& method,
                                    const KeyPolicy& policy) const;
  Future<Landing> decide(const Job& job);
  Future<Landing> follow(const Job& job, std::shared_ptr<Flight> flight);
  Future<Landing> lead(const Job& job, std::shared_ptr<Flight> own);
  Future<Result<BeginResult>> ask(const Job& job, const Begun& begun);
  Future<Begun> ask_again(const Job& job, Begun unheard);
  Future<Begun> open(const Job& job, const Token& token);
  Future<std::optional<Landing>> claimed_elsewhere(const Job& job, Milliseconds lease_left);
  Future<std::optional<Landing>> wait_for(const Job& job, std::shared_ptr<Flight> flight);
  Landing told(const Job& job, const BeginResult& said, AfterBegin what) const;
  Landing kept(std::shared_ptr<const StoredResult> result) const;

  const std::shared_ptr<StoreCalls> calls_;
  const std::function<Principal(const ServerContext&)> principal_;
  const std::string anonymous_scope_;
  const Owner owner_;
  Milliseconds held_up_{0};  // by the longest transaction; constant once calls are served
  Flights flights_;
  Orphans orphans_;
  std::atomic<std::size_t> waiters_{0};
};

}  // namespace cpp_lite::idempotency
