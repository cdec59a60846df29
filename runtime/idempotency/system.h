// What stores ask of the operating system; their time is in clock.h.
#pragma once

#include <cstdint>

namespace cpp_lite::idempotency {

std::int64_t process_id();

}  // namespace cpp_lite::idempotency
