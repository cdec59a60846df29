// The Redis store is a store.

#include "redis_support.h"
#include "stores/store_suite.h"

namespace cpp_lite::idempotency::testing {
namespace {

class RedisUnderTest final : public StoreUnderTest {
 public:
  std::shared_ptr<Store> store(int process) override {
    std::shared_ptr<Store>& store = stores_.at(static_cast<std::size_t>(process));
    if (store == nullptr) {
      redis::PoolOptions options;
      options.address = redis::parse_address(redis::shared_server().address());
      options.prefix = prefix_;
      options.connections = 1;
      options.timeout = 10s;
      machine_.apply(options);
      store = redis::make_store(options, false);
    }
    return store;
  }
  void pass(Milliseconds time) override { machine_.pass(time); }

 private:
  redis::Machine machine_;
  const std::string prefix_ = redis::fresh_prefix();
  std::array<std::shared_ptr<Store>, 3> stores_;
};

INSTANTIATE_TEST_SUITE_P(Redis, StoreSuite,
                         ::testing::Values(StoreFactory{
                             .name = "redis",
                             .make = [] { return std::make_unique<RedisUnderTest>(); },
                             .sequences = sequences(250),
                             .drift = 30s,
                             .unavailable = redis::why_no_server()}));

}  // namespace
}  // namespace cpp_lite::idempotency::testing
