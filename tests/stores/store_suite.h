// The conformance suite: what every store does alike. The tests are in the library
// cpp_lite_store_suite; a kind of store joins with a binary of its own that links it and says
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreSuite, ::testing::Values(StoreFactory{"sqlite", ...}));
//
// in namespace cpp_lite::idempotency::testing.
#pragma once

#include <cpp_lite/idempotency.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stores/store_under_test.h"
#include "support/store_values.h"

namespace cpp_lite::idempotency::testing {

// Verbs for a store with few keys, which the tests call by numbers, as they do tokens and requests.
// All times are minutes, so that a clock that runs by itself does not matter.
class StoreSuite : public ::testing::TestWithParam<StoreFactory> {
 protected:
  static constexpr Milliseconds kLease = 10min;
  static constexpr Milliseconds kWindow = 30min;
  static constexpr Milliseconds kTtl = 60min;

  void SetUp() override;

  static Id id(std::uint8_t key);
  BeginArgs args(std::uint8_t key, std::uint8_t n) const;

  BeginResult begin(const BeginArgs& args) { return value(at(process).begin(args).get()); }
  BeginResult begin(std::uint8_t key, std::uint8_t n) { return begin(args(key, n)); }
  BeginResult begin_after(std::uint8_t key, std::uint8_t n, std::uint8_t previous);
  BeginResult begin_other_request(std::uint8_t key, std::uint8_t n);
  CompleteResult complete(std::uint8_t key, std::uint8_t n, StoredResult result);
  CompleteResult complete(std::uint8_t key, std::uint8_t n) {
    return complete(key, n, answer("done"));
  }
  FenceResult release(std::uint8_t key, std::uint8_t n);
  FenceResult renew(std::uint8_t key, std::uint8_t n);
  FenceResult yield(std::uint8_t key, std::uint8_t n);
  FenceResult mark_unknown(std::uint8_t key, std::uint8_t n);
  LookupResult lookup(std::uint8_t key, const Fingerprint& fingerprint = request(1));
  Status resolve(std::uint8_t key, std::uint8_t n, std::optional<StoredResult> result,
                 bool force = false);
  Status redact(std::uint8_t key) { return at(process).redact(id(key)).get(); }
  std::size_t purge(std::size_t max = 1000) { return value(at(process).purge(max).get()); }
  std::vector<Entry> list(std::optional<State> state = std::nullopt,
                          std::optional<Id> after = std::nullopt, std::size_t max = 1000);

  void pass(Milliseconds time) { under_test_->pass(time); }
  void reopen() {
    for (int which = 0; which < 3; ++which) under_test_->reopen(which);
  }
  StoreUnderTest& under_test() { return *under_test_; }
  Store& at(int which) { return *under_test_->store(which); }
  Capabilities promised() { return at(0).capabilities(); }
  // Whether the two are the same, but for what the store's clock may have run on.
  bool is_near(Milliseconds a, Milliseconds b) const;

  // What the verbs use.
  int process = 0;
  Milliseconds rerun_until = kFail;
  bool expires = false;
  Quota quota;
  std::string scope = "alice";

 private:
  template <typename T>
  T value(Result<T> result) {
    EXPECT_TRUE(result.ok()) << result.status().to_string();
    return result.ok() ? std::move(*result) : T();
  }

  std::unique_ptr<StoreUnderTest> under_test_;
};

}  // namespace cpp_lite::idempotency::testing
