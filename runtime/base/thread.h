// How the library starts its threads.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/task.h>

#include <thread>

namespace cpp_lite::detail {

// The thread takes no signals but those of its own faults, so that handlers of the program's own
// run on the program's threads, and is called `name` (at most 15 characters) in debuggers and top.
CPP_LITE_API std::thread start_thread(const char* name, Task body);

}  // namespace cpp_lite::detail
