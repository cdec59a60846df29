// When a call must have ended, given who makes it and where (docs/rules.md D2, D12). Pure.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/method.h>

#include <chrono>

namespace cpp_lite::base {

// A call inside a served call with less time than this is not worth sending: it fails locally.
inline constexpr std::chrono::nanoseconds kMinUseful = std::chrono::milliseconds(1);

// The deadline of a call by itself: what the caller says, capped by the method's max_timeout. One
// that has passed is `now`, however old: whoever subtracts from it does not overflow.
SteadyTime own_deadline(const Deadline& asked, const Method& method, SteadyTime now);

// The deadline of a call made inside a served call that ends at `parent` (SteadyTime::max():
// never): early enough to leave the handler `margin` for its answer. Negative: 5 % of what is left,
// within 1 ms and 50 ms. More than 1 s counts as 1 s.
SteadyTime child_deadline(SteadyTime own, SteadyTime parent, SteadyTime now,
                          std::chrono::nanoseconds margin);

// Whether a call inside a served call is still worth sending.
bool is_useful(SteadyTime deadline, SteadyTime now);

}  // namespace cpp_lite::base
