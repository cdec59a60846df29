// What the pool does for one call of the store: steps on a record, or an errand.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <optional>
#include <type_traits>
#include <utility>

#include "idempotency/state.h"
#include "redis/session.h"

namespace cpp_lite::redis {

// What a step says about the record.
struct Change {
  bool write = false;
  std::optional<Record> record = std::nullopt;
};

// On one record. Made on any thread, then used and destroyed on the pool's. step() runs until what
// it says has been made true; then one of answer() and fail() is called.
class Operation {
 public:
  Operation(const Id& of, const Quota& most) : id(of), quota(most) {}
  virtual ~Operation() = default;

  // `used`: by the scope of a record that is begun, as far as that is known.
  virtual Change step(const Record* before, Time now, const Quota& used) = 0;
  virtual void answer() = 0;
  virtual void fail(const Status& why) = 0;

  const Id id;
  const Quota quota;
};

// One that is a function of state.h. T is Status or a Result; F may be called several times.
template <typename T, typename F>
class StepOperation final : public Operation {
 public:
  StepOperation(const Id& of, const Quota& most, F step) : Operation(of, most), step_(step) {}
  Future<T> future() { return promise_.future(); }

  Change step(const Record* before, Time now, const Quota& used) override {
    auto step = step_(before, now, used);
    answer_.emplace(std::move(step.answer));
    return {step.write, std::move(step.record)};
  }
  void answer() override { promise_.set(*std::move(answer_)); }
  void fail(const Status& why) override { promise_.set(T(why)); }

 private:
  const F step_;
  detail::Promise<T> promise_;
  std::optional<T> answer_;
};

// Anything else that wants the connection for itself.
class Errand {
 public:
  // An error: nothing was answered; it may be run again.
  virtual Status run(Session& session) = 0;
  virtual void fail(const Status& why) = 0;
  virtual ~Errand() = default;
};

// F: from Session& to T, which is Status or a Result.
template <typename T, typename F>
class SimpleErrand final : public Errand {
 public:
  explicit SimpleErrand(F work) : work_(std::move(work)) {}
  Future<T> future() { return promise_.future(); }

  Status run(Session& session) override {
    T result = work_(session);
    if (session.is_lost()) return status_of(result);
    promise_.set(std::move(result));
    return {};
  }
  void fail(const Status& why) override { promise_.set(T(why)); }

 private:
  static Status status_of(const Status& result) { return result; }
  template <typename V>
  static Status status_of(const Result<V>& result) {
    return result.status();
  }

  F work_;
  detail::Promise<T> promise_;
};

}  // namespace cpp_lite::redis
