#include "idempotency/system.h"

#include <time.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>

#include "idempotency/clock.h"

namespace cpp_lite::idempotency {
namespace {

// CLOCK_MONOTONIC stands still on Linux while the machine sleeps, but not on others.
#if defined(CLOCK_BOOTTIME)
constexpr clockid_t kSteadyClock = CLOCK_BOOTTIME;
#else
constexpr clockid_t kSteadyClock = CLOCK_MONOTONIC;
#endif

Time wall_now() { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }

Milliseconds steady_now() {
  timespec now{};
  clock_gettime(kSteadyClock, &now);
  return std::chrono::floor<Milliseconds>(std::chrono::seconds(now.tv_sec) +
                                          std::chrono::nanoseconds(now.tv_nsec));
}

// Without one each process is a start of its own: then only jumps that it sees itself count.
std::string boot_id() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  if (id.empty()) id = "process " + std::to_string(getpid());
  return id;
}

}  // namespace

Clocks system_clocks() { return {wall_now, steady_now, boot_id()}; }

std::int64_t process_id() { return getpid(); }

}  // namespace cpp_lite::idempotency
