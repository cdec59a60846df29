// What each scope holds of a store in memory, against its quota. Thread-safe.
#pragma once

#include <cpp_lite/idempotency.h>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "idempotency/state.h"

namespace cpp_lite::idempotency {

class ScopeUsage {
 public:
  // Counts one more record, unless over_quota() says why not.
  std::optional<std::string> admit(const Record& record, const Quota& quota);
  void replace(const Record& before, const Record& after);
  void remove(const Record& record);

 private:
  void add(const Record& record);  // under the mutex, as is
  void subtract(const Record& record);

  std::mutex mutex_;
  std::unordered_map<std::string, Quota> used_;  // guarded; by scope, those that hold something
};

}  // namespace cpp_lite::idempotency
