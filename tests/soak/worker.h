// One process of a soak: it executes keys as a server does, and is killed at any moment.
#pragma once

#include <cpp_lite/idempotency.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace soak {

// Where the effects of a key are, and what its method declares (calls.md 4.3).
enum class Mode { transactional, external, downstream_keyed };
inline Mode mode_of(int key) { return static_cast<Mode>(key % 3); }

struct Plan {
  std::string where;   // of the store
  std::string folder;  // for what is to outlive a process: effects and acknowledgements
  int keys = 400;
  // In this time the keys are gone through; all processes are at the same few at the same time.
  std::int64_t start_ms = 0, duration_ms = 20'000;
  bool unfenced = false;  // a mutant: who lost its claim answers all the same
};

// There when a downstream service knows the key; what it did twice it would not tell.
std::string downstream_file(const Plan& plan, int key);
cpp_lite::idempotency::Id id_of(int key);
std::int64_t now_ms();

// Until the plan's time is over.
void work(const Plan& plan, std::uint32_t seed);

}  // namespace soak
