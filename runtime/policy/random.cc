#include "policy/random.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>

namespace cpp_lite::policy {
namespace {

struct Locked {
  std::mutex mutex;
  std::minstd_rand engine{std::random_device()()};  // guarded by mutex
};

}  // namespace

Random make_random() {
  return [locked = std::make_shared<Locked>()] {
    const std::lock_guard lock(locked->mutex);
    return std::generate_canonical<double, 32>(locked->engine);
  };
}

// In integers, so that the bounds hold exactly (docs/rules.md C7).
std::chrono::nanoseconds jittered(std::chrono::nanoseconds base, double random) {
  const std::int64_t least = base.count() - base.count() / 5;
  const std::int64_t width = base.count() / 5 * 2;
  const auto more = static_cast<std::int64_t>(static_cast<double>(width) * random);
  return std::chrono::nanoseconds(
      least + std::clamp<std::int64_t>(more, 0, std::max<std::int64_t>(0, width - 1)));
}

}  // namespace cpp_lite::policy
