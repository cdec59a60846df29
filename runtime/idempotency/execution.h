// One execution of a keyed handler, from its claim to its answer (docs/rules.md, "Sequence").
#pragma once

#include <cpp_lite/keyed_server.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "idempotency/job.h"
#include "idempotency/outcome.h"
#include "idempotency/store_calls.h"

namespace cpp_lite::idempotency {

// What an execution came to: for its caller, and for the duplicates that wait.
struct Landing {
  KeyedAnswer answer;
  std::shared_ptr<const StoredResult> result;  // null: there is none, ask the store
  KeyedEvent::Kind kind;                       // of the answer
};

// How many executions go on whose callers are gone (docs/rules.md D14). Thread-safe.
class Orphans {
 public:
  explicit Orphans(std::size_t most) : most_(most) {}
  bool full() const { return count_.load(std::memory_order_relaxed) >= most_; }

  // Counts one execution from the moment its caller is gone until it ends.
  class Watch {
   public:
    Watch(Orphans& orphans, std::shared_ptr<CallContext> caller);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    struct Shared;
    const std::shared_ptr<CallContext> caller_;
    const std::shared_ptr<Shared> shared_;
    std::uint64_t registration_ = 0;
  };

 private:
  const std::size_t most_;
  std::atomic<std::size_t> count_{0};
};

// Belongs to the handler's executor. Lives in the frame of run()'s caller.
class Execution final : public KeyedExecution {
 public:
  // `begun` holds an Acquired.
  Execution(StoreCalls& calls, Orphans& orphans, const Job& job, Begun begun);

  Future<Landing> run();

  bool keyed() const override { return true; }
  std::string key() const override { return job_.key; }
  int attempt() const override { return static_cast<int>(acquired_.attempt); }
  std::string downstream_key(std::string_view label) override;
  bool client_gone() const override;
  void* transaction() const override;
  std::string_view transaction_kind() const override;

 private:
  Future<HandlerEnd> run_handler();
  Future<HandlerEnd> renew_during(std::shared_ptr<KeyedHandler> handler, Future<HandlerEnd> end);
  Future<HandlerEnd> run_renewed(std::shared_ptr<KeyedHandler> handler);
  Future<void> renewals(std::shared_ptr<KeyedHandler> handler) const;
  Future<Landing> conclude(HandlerEnd end, Treatment treatment);
  void answer_in_time();
  void answer_early();
  Future<void> answer_early_after(std::chrono::nanoseconds wait);
  Future<Landing> store_result(HandlerEnd end, bool keep_effect);
  Future<Landing> commit(HandlerEnd end, std::shared_ptr<StoredResult> result, bool keep_effect);
  Future<Landing> release(HandlerEnd end);
  Future<Landing> undo(HandlerEnd end);
  Future<Landing> yield(HandlerEnd end);
  Future<Landing> mark_unknown();
  Future<Landing> fence_lost();
  Landing replayed(const StoredResult& result) const;
  Future<Landing> stored_before();
  Future<Landing> unheld();
  Landing unknown() const;
  Landing executed(HandlerEnd end, std::shared_ptr<const StoredResult> result) const;
  bool no_time() const;

  StoreCalls& calls_;
  const Job& job_;
  const Token token_;
  const std::vector<Token> unheard_;  // may be granted yet, should this claim be given up
  const Acquired acquired_;
  const SteadyTime until_;  // of the handler
  std::unique_ptr<Transaction> transaction_;
  Orphans::Watch watch_;
  bool used_downstream_key_ = false;
  bool answered_early_ = false;
  // Until the caller hears that nothing is known: where this is the loop's, and elsewhere.
  Timer early_;
  Future<void> early_elsewhere_;
};

}  // namespace cpp_lite::idempotency
