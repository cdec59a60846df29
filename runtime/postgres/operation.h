// What the store does for one call: a step on the record of an id, in a transaction that it may
// share with others; and then, when that is durable, its answer.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "postgres/work.h"

namespace cpp_lite::postgres {

// Made on any thread, used by one at a time. In the end one of answer(), fail() and blocked() is
// called; run() and prepare() may be called again before, in another transaction.
class Operation {
 public:
  virtual void prepare(Work& work) = 0;
  // False: another transaction has the record; nothing was done.
  virtual bool run(Work& work) = 0;
  virtual void answer() = 0;
  virtual void fail(const Status& why) = 0;
  // It waited for the record in vain.
  virtual void blocked(const Status& why) { fail(why); }
  virtual ~Operation() = default;
};
using Operations = std::vector<std::unique_ptr<Operation>>;

// To a caller every failure of the database is UNAVAILABLE, whatever it means for the operator.
inline Status as_unavailable(const Status& why) { return {Code::unavailable, why.message()}; }

// T is Status or a Result. `writes`: the function returns a Step; else the answer itself.
template <typename T, typename F>
class StepOperation final : public Operation {
 public:
  StepOperation(const Id& id, bool writes, F step)
      : id_(id), writes_(writes), step_(std::move(step)) {}
  Future<T> future() { return promise_.future(); }

  void prepare(Work& work) override { work.want(id_, writes_); }
  bool run(Work& work) override {
    Slot& slot = work.slot(id_);
    if (writes_ && !slot.held) return false;
    // Of a copy: should this transaction fail, the step is taken again.
    F step = step_;
    answer_.emplace(work.step(slot, step));
    return true;
  }
  void answer() override { promise_.set(*std::move(answer_)); }
  void fail(const Status& why) override { promise_.set(as_unavailable(why)); }

 private:
  const Id id_;
  const bool writes_;
  const F step_;
  detail::Promise<T> promise_;
  std::optional<T> answer_;
};

template <typename T, typename F>
auto make_step(const Id& id, bool writes, F step) {
  return std::make_unique<StepOperation<T, F>>(id, writes, std::move(step));
}

// begin() on a slot that is held.
idempotency::BeginResult take_begin(Work& work, Slot& slot, const idempotency::BeginArgs& args);

// How long those wait who are told that another transaction is at work on their key: there is
// nothing yet to say how long it takes.
inline constexpr Milliseconds kBusy{100};

class BeginOperation final : public Operation {
 public:
  explicit BeginOperation(idempotency::BeginArgs args) : args_(std::move(args)) {}
  Future<Result<idempotency::BeginResult>> future() { return promise_.future(); }

  void prepare(Work& work) override;
  bool run(Work& work) override;
  void answer() override { promise_.set(*std::move(answer_)); }
  void fail(const Status& why) override { promise_.set(as_unavailable(why)); }
  void blocked(const Status&) override {
    promise_.set(idempotency::BeginResult(idempotency::Busy{kBusy}));
  }

 private:
  const idempotency::BeginArgs args_;
  detail::Promise<Result<idempotency::BeginResult>> promise_;
  std::optional<idempotency::BeginResult> answer_;
};

// What became of a transaction.
struct Outcome {
  Status status;           // an error: none of its operations was applied, or nobody knows
  bool separable = false;  // nothing was applied, and each operation may be tried alone
  bool lost = false;       // the connection is not to be used any more
  bool blocked = false;    // it waited for a record that another transaction has
  bool wrote = false;
  std::vector<bool> done;  // which operations ran; the others' records are held by others
};

// One transaction. It ends before this returns.
Outcome run_together(Connection& connection, Work& work, const Operations& operations,
                     const Locking& locking);

}  // namespace cpp_lite::postgres
