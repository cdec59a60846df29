#include "base/deadline_rules.h"

#include <algorithm>

namespace cpp_lite::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

nanoseconds margin_of(SteadyTime parent, SteadyTime now, nanoseconds asked) {
  if (asked >= nanoseconds::zero()) return std::min<nanoseconds>(asked, std::chrono::seconds(1));
  // Time points are compared before they are subtracted: far ones would overflow.
  if (parent <= now) return milliseconds(1);
  if (now < SteadyTime() && parent > SteadyTime::max() + now.time_since_epoch()) {
    return milliseconds(50);
  }
  return std::clamp<nanoseconds>((parent - now) / 20, milliseconds(1), milliseconds(50));
}

}  // namespace

SteadyTime own_deadline(const Deadline& asked, const Method& method, SteadyTime now) {
  const SteadyTime own = std::max(asked.resolve(now), now);
  if (method.max_timeout <= nanoseconds::zero() || method.max_timeout == kUnbounded) return own;
  return std::min(own, Deadline(method.max_timeout).resolve(now));
}

SteadyTime child_deadline(SteadyTime own, SteadyTime parent, SteadyTime now, nanoseconds margin) {
  if (parent == SteadyTime::max()) return own;
  const nanoseconds kept = margin_of(parent, now, margin);
  if (parent < SteadyTime::min() + kept) return std::min(own, parent);
  return std::min(own, parent - kept);
}

bool is_useful(SteadyTime deadline, SteadyTime now) {
  return deadline == SteadyTime::max() || (deadline > now && deadline - now >= kMinUseful);
}

}  // namespace cpp_lite::base
