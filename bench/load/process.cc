#include "load/process.h"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>

namespace bench {

namespace {

double seconds_of(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Fields 14 and 15 of /proc/PID/stat; the name, field 2, may hold anything but ends with the last
// parenthesis.
void read_ticks(int pid, Usage& usage) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == text.npos) return;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  usage.user = user / ticks;
  usage.system = system / ticks;
}

}  // namespace

Usage usage_of(int pid, const std::string& allocations_file) {
  Usage usage;
  clockid_t clock{};
  if (pid > 0 && clock_getcpuclockid(pid, &clock) == 0) {
    usage.cpu = seconds_of(clock);
    read_ticks(pid, usage);
  }
  if (!allocations_file.empty()) {
    std::ifstream file(allocations_file, std::ios::binary);
    file.read(reinterpret_cast<char*>(&usage.allocations), sizeof(usage.allocations));
  }
  return usage;
}

double own_cpu() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace bench
