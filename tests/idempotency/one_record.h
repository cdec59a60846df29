// One record under the state machine, and a clock that is moved by hand: the language of the tests
// of state.h.
#pragma once

#include <cpp_lite/idempotency.h>

#include <optional>
#include <string>
#include <utility>

#include "idempotency/state.h"
#include "support/store_values.h"

namespace cpp_lite::idempotency::testing {

inline constexpr Milliseconds kLease = 10s;
inline constexpr Milliseconds kTtl = 1h;

struct OneRecord {
  std::optional<Record> record;
  Time now{1000s};
  Milliseconds rerun_until = kFail;
  bool expires = false;

  const Record* before() const { return record ? &*record : nullptr; }

  template <typename Answer>
  Answer apply(Step<Answer> step) {
    if (step.write) record = std::move(step.record);
    return std::move(step.answer);
  }

  BeginArgs args(std::uint8_t n) const {
    BeginArgs args;
    args.fingerprint = request(1);
    args.token = token(n);
    args.lease = kLease;
    args.ttl = kTtl;
    args.rerun_until = rerun_until;
    args.expires = expires;
    args.label = {"pay.Payments.Charge", "alice", "key-1"};
    return args;
  }
  BeginResult begin(const BeginArgs& args) {
    return apply(idempotency::begin(before(), args, now));
  }
  BeginResult begin(std::uint8_t n) { return begin(args(n)); }
  BeginResult begin_after(std::uint8_t n, std::uint8_t previous) {
    BeginArgs again = args(n);
    again.previous = token(previous);
    return begin(again);
  }
  BeginResult begin_other_request(std::uint8_t n) {
    BeginArgs other = args(n);
    other.fingerprint = request(2);
    return begin(other);
  }
  CompleteResult complete(std::uint8_t n, std::string text = "done") {
    return apply(idempotency::complete(before(), token(n), answer(std::move(text)), kTtl, now));
  }
  FenceResult release(std::uint8_t n) {
    return apply(idempotency::release(before(), token(n), now));
  }
  FenceResult renew(std::uint8_t n) {
    return apply(idempotency::renew(before(), token(n), kLease, now));
  }
  FenceResult yield(std::uint8_t n) { return apply(idempotency::yield(before(), token(n), now)); }
  FenceResult mark_unknown(std::uint8_t n) {
    return apply(idempotency::mark_unknown(before(), token(n), now));
  }
  Status resolve(std::uint8_t n, std::optional<StoredResult> result, bool force = false) {
    return apply(idempotency::resolve(before(), token(n), {std::move(result), force}, now));
  }
  Status redact() { return apply(idempotency::redact(before(), now)); }
  LookupResult lookup(const Fingerprint& fingerprint = request(1)) const {
    return idempotency::lookup(before(), fingerprint, now);
  }
  bool expired() const { return record && idempotency::expired(*record, now); }

  // --- Shorter ---

  std::optional<State> state() const {
    return record ? std::optional(record->state) : std::nullopt;
  }
  // A second request comes when the lease of the first one's execution is over: takes over, or
  // finds that the outcome is unknown.
  void outlast_the_lease() {
    begin(1);
    now += kLease;
    begin(2);
  }
};

}  // namespace cpp_lite::idempotency::testing
