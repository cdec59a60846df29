#include <cpp_lite/channel.h>

#include <cstdio>

namespace cpp_lite {

LogFunction log_to_stderr() {
  return [](LogLevel level, std::string_view line) {
    if (level < LogLevel::warning) return;
    // One call, so that lines of several threads do not mix.
    std::fprintf(stderr, "cpp_lite: %s: %.*s\n", level == LogLevel::error ? "error" : "warning",
                 static_cast<int>(line.size()), line.data());
  };
}

}  // namespace cpp_lite
