// The memory store is a store.
#include <cpp_lite/testing.h>

#include "stores/store_suite.h"

namespace cpp_lite::idempotency::testing {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  std::shared_ptr<Store> store(int) override { return store_; }
  void pass(Milliseconds time) override { clock_.advance(time); }

 private:
  cpp_lite::testing::ManualClock clock_;
  const std::shared_ptr<Store> store_ = memory_store({.clock = &clock_});
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreSuite,
                         ::testing::Values(StoreFactory{
                             "memory", [] { return std::make_unique<MemoryUnderTest>(); }}));

}  // namespace
}  // namespace cpp_lite::idempotency::testing
