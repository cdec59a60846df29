// What the writer does for one call of the store: inside a transaction first, and then, when that
// has ended, its answer.
#pragma once

#include <cpp_lite/executor.h>
#include <cpp_lite/future.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "sqlite/session.h"

namespace cpp_lite::sqlite {

// Made on any thread, run on the writer's. After run() one of answer() and fail() is called, fail()
// also without it: where the operation was made if that was a loop, else on the writer's; and there
// it is destroyed.
class Operation {
 public:
  Operation() : home_(std::dynamic_pointer_cast<Loop>(detail::current_scope()->executor)) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // The loop that waits for the answer; null: nobody knows.
  const std::shared_ptr<Loop>& home() const { return home_; }
  virtual bool writes() const = 0;
  // An error: the transaction cannot go on, and all operations in it fail.
  virtual Status run(Session& session) = 0;
  // What run() did is durable.
  virtual void answer() = 0;
  // `undone`: it is certain that nothing of it was or will be applied.
  virtual void fail(const Status& why, bool undone) = 0;
  virtual ~Operation() = default;

 private:
  const std::shared_ptr<Loop> home_;
};

// To a caller every failure of the database is UNAVAILABLE, whatever it means for the operator.
inline Status as_unavailable(const Status& why) { return {Code::unavailable, why.message()}; }

// The error that `answer` is because the database failed in this session; else OK.
template <typename T>
Status failure_of(const Result<T>& answer, Session& session) {
  return session.in_transaction() && !session.spent() ? Status() : answer.status();
}
inline Status failure_of(const Status& answer, Session& session) {
  return session.in_transaction() && !session.spent() ? Status() : answer;
}

// One that consists of a function on the session. T is Status or a Result.
template <typename T, typename F>
class SimpleOperation final : public Operation {
 public:
  SimpleOperation(bool writes, F work) : writes_(writes), work_(std::move(work)) {}
  Future<T> future() { return promise_.future(); }

  bool writes() const override { return writes_; }
  Status run(Session& session) override {
    answer_.emplace(work_(session));
    return failure_of(*answer_, session);
  }
  void answer() override { promise_.set(*std::move(answer_)); }
  void fail(const Status& why, bool) override { promise_.set(as_unavailable(why)); }

 private:
  const bool writes_;
  F work_;
  detail::Promise<T> promise_;
  std::optional<T> answer_;
};

template <typename F>
auto make_operation(bool writes, F work) {
  using T = std::invoke_result_t<F&, Session&>;
  return std::make_unique<SimpleOperation<T, F>>(writes, std::move(work));
}

}  // namespace cpp_lite::sqlite
