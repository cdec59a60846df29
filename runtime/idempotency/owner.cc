// Who holds a claim: host, process, and since when it runs.
#include <unistd.h>

#include <array>

#include "idempotency/job.h"

namespace cpp_lite::idempotency {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

}  // namespace

Owner this_owner() {
  const auto now = std::chrono::system_clock::now();
  return {host_name(), getpid(), std::chrono::floor<Milliseconds>(now)};
}

}  // namespace cpp_lite::idempotency
