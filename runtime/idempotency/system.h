// What stores ask of the operating system; their time is in clock.h.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/task.h>

#include <cstdint>
#include <thread>

namespace cpp_lite::idempotency {

std::int64_t process_id();

// A thread that takes no signals, so that handlers of the program's own run on its own threads.
CPP_LITE_API std::thread start_thread(Task body);

}  // namespace cpp_lite::idempotency
