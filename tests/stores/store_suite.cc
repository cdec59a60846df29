#include "stores/store_suite.h"

namespace cpp_lite::idempotency::testing {

void StoreSuite::SetUp() {
  if (!GetParam().unavailable.empty()) GTEST_SKIP() << GetParam().unavailable;
  under_test_ = GetParam().make();
  ASSERT_NE(under_test_, nullptr);
}

// As far apart as those of hashes are.
Id StoreSuite::id(std::uint8_t key) {
  Id id{};
  id[0] = static_cast<std::uint8_t>(key * 37U);
  id[31] = key;
  return id;
}

BeginArgs StoreSuite::args(std::uint8_t key, std::uint8_t n) const {
  BeginArgs args;
  args.id = id(key);
  args.fingerprint = request(1);
  args.token = token(n);
  args.lease = kLease;
  args.ttl = kTtl;
  args.rerun_until = rerun_until;
  args.expires = expires;
  args.owner = {"host-" + std::to_string(n), n, Time(5s)};
  args.label = {"pay.Payments.Charge", scope, "key-" + std::to_string(key)};
  args.quota = quota;
  return args;
}

BeginResult StoreSuite::begin_after(std::uint8_t key, std::uint8_t n, std::uint8_t previous) {
  BeginArgs again = args(key, n);
  again.previous = token(previous);
  return begin(again);
}

BeginResult StoreSuite::begin_other_request(std::uint8_t key, std::uint8_t n) {
  BeginArgs other = args(key, n);
  other.fingerprint = request(2);
  return begin(other);
}

CompleteResult StoreSuite::complete(std::uint8_t key, std::uint8_t n, StoredResult result) {
  return value(at(process).complete(id(key), token(n), std::move(result), kTtl).get());
}

FenceResult StoreSuite::release(std::uint8_t key, std::uint8_t n) {
  return value(at(process).release(id(key), token(n)).get());
}

FenceResult StoreSuite::renew(std::uint8_t key, std::uint8_t n) {
  return value(at(process).renew(id(key), token(n), kLease).get());
}

FenceResult StoreSuite::yield(std::uint8_t key, std::uint8_t n) {
  return value(at(process).yield(id(key), token(n)).get());
}

FenceResult StoreSuite::mark_unknown(std::uint8_t key, std::uint8_t n) {
  return value(at(process).mark_unknown(id(key), token(n)).get());
}

LookupResult StoreSuite::lookup(std::uint8_t key, const Fingerprint& fingerprint) {
  return value(at(process).lookup(id(key), fingerprint).get());
}

Status StoreSuite::resolve(std::uint8_t key, std::uint8_t n, std::optional<StoredResult> result,
                           bool force) {
  return at(process).resolve(id(key), token(n), {std::move(result), force}).get();
}

std::vector<Entry> StoreSuite::list(std::optional<State> state, std::optional<Id> after,
                                    std::size_t max) {
  return value(at(process).list(state, after, max).get());
}

bool StoreSuite::is_near(Milliseconds a, Milliseconds b) const {
  return std::chrono::abs(a - b) <= GetParam().drift;
}

}  // namespace cpp_lite::idempotency::testing
