// Where a channel, a server or a store says what it has to say.
#pragma once

#include <cpp_lite/export.h>

#include <cstdint>
#include <functional>
#include <string_view>

namespace cpp_lite {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
// Takes one line without a line end. Called on any thread.
using LogFunction = std::function<void(LogLevel, std::string_view)>;
// Warnings and errors to stderr.
CPP_LITE_API LogFunction log_to_stderr();

}  // namespace cpp_lite
