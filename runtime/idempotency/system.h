// What stores ask of the operating system; their time is in clock.h.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/task.h>

#include <thread>

namespace cpp_lite::idempotency {

// A thread that takes no signals, so that handlers of the program's own run on its own threads.
CPP_LITE_API std::thread start_thread(Task body);

}  // namespace cpp_lite::idempotency
