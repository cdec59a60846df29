// Chance, as policies take it: injected, so that tests decide it.
#pragma once

#include <chrono>
#include <functional>

namespace cpp_lite::policy {

// Uniformly distributed in [0, 1).
using Random = std::function<double()>;

// Seeded by the system. Thread-safe. Its copies go on with the same sequence, so that those who
// hold them do not all choose the same.
Random make_random();

// Uniform in [0.8, 1.2) of `base`, for a `random` in [0, 1) (docs/rules.md R7).
std::chrono::nanoseconds jittered(std::chrono::nanoseconds base, double random);

}  // namespace cpp_lite::policy
