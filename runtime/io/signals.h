// Tells a loop about SIGTERM and SIGINT.
#pragma once

#include <cpp_lite/loop.h>

#include <functional>
#include <memory>
#include <vector>

#include "io/operation.h"

namespace cpp_lite::io {

// While the returned handle lives, each of `signals` that the process gets calls `callback` with
// its number on the loop's thread, instead of ending the process. Call it, and destroy the handle,
// on the loop's thread. Those that the system refuses (a number that is no signal, SIGKILL) are
// added to `refused`; the others are watched.
[[nodiscard]] std::unique_ptr<Operation> watch_signals(Loop& loop, const std::vector<int>& signals,
                                                       std::function<void(int)> callback,
                                                       std::vector<int>& refused);

}  // namespace cpp_lite::io
