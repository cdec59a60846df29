// The process that is measured, from outside: its processor time, and what it counts itself.
#pragma once

#include <cstdint>
#include <string>

namespace bench {

struct Usage {
  double cpu = 0;                 // seconds, user and system, all threads
  double user = 0, system = 0;    // the same in the kernel's ticks
  std::uint64_t allocations = 0;  // see count_allocations.cc
};

// pid 0: nothing is measured. The file, if there is one, holds 8 bytes: allocations so far.
Usage usage_of(int pid, const std::string& allocations_file);

// Of this process, seconds.
double own_cpu();

}  // namespace bench
