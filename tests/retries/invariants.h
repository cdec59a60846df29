// What holds for every call, over however many endpoints and with however many attempts at a time:
// docs/rules.md, C1 to C6. Says less of one call than the reference model, and of more calls.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reference_model.h"
#include "scripts.h"
#include "shown_stores.h"

namespace cpp_lite::retries {

// For the calls of one channel.
class Invariants {
 public:
  Invariants(const WideScript& script, ShownStores stores)
      : script_(script), stores_(std::move(stores)) {}

  // What is wrong with the call; empty: nothing.
  std::string judge(const Observed& call);
  // With all of them, in this time (C6).
  std::string judge_all(std::chrono::nanoseconds time) const;

  int hedged() const { return hedged_; }  // calls with two attempts at a time

 private:
  class Look;

  const WideScript& script_;
  const ShownStores stores_;
  int calls_ = 0;
  int repetitions_ = 0;  // those that are not free
  int hedged_ = 0;
};

}  // namespace cpp_lite::retries
