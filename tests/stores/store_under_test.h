// What the conformance suite has to know of a kind of store.
#pragma once

#include <cpp_lite/idempotency.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "support/sanitized.h"

namespace cpp_lite::idempotency::testing {

// An empty store, all its connections, and its time. Used by one thread, the stores by several.
class StoreUnderTest {
 public:
  // As process 0, 1 or 2 has it: of kinds that several processes share, each has one of its own.
  // Kept here until reopen().
  virtual std::shared_ptr<Store> store(int process) = 0;
  // That process ends and comes back; only asked of durable stores.
  virtual void reopen(int /*process*/) {}
  // The store's clock goes on.
  virtual void pass(Milliseconds time) = 0;
  virtual ~StoreUnderTest() = default;
};

// One parameter of the suite.
struct StoreFactory {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;  // asked once for each test
  // How many random sequences of operations are compared with the model.
  int sequences = support::kSanitized ? 1'000 : 10'000;
  // By how much the store's clock may run on by itself within a test; below a minute.
  Milliseconds drift = Milliseconds::zero();
  // Expired records may be gone before anybody purges them.
  bool purges_itself = false;
  // Why there is no such store here, if there is none: the tests are skipped.
  std::string unavailable = {};

  friend std::ostream& operator<<(std::ostream& out, const StoreFactory& factory) {
    return out << factory.name;
  }
};

// How many random sequences: so many, or what CPP_LITE_STORE_SEQUENCES says. A store behind files
// or sockets takes minutes for all 10,000.
inline int sequences(int usual) {
  const char* const told = std::getenv("CPP_LITE_STORE_SEQUENCES");
  return told != nullptr ? std::atoi(told) : usual;
}

}  // namespace cpp_lite::idempotency::testing
