#include "policy/extra_load.h"

#include <algorithm>
#include <cmath>

namespace cpp_lite::policy {
namespace {

constexpr std::int64_t kHedge = 1'000'000;
constexpr std::int64_t kCallsAtFirst = 100;
constexpr std::int64_t kMostCalls = 1000;  // whose shares are kept

}  // namespace

ExtraLoad::ExtraLoad(double share)
    : of_each_call_(std::llround(share * static_cast<double>(kHedge))),
      balance_(kCallsAtFirst * of_each_call_) {}

void ExtraLoad::call_began() {
  balance_ = std::min(kMostCalls * of_each_call_, balance_ + of_each_call_);
}

bool ExtraLoad::could_add() const { return balance_ >= kHedge; }

void ExtraLoad::add() { balance_ -= kHedge; }

}  // namespace cpp_lite::policy
