#include "h2/keepalive.h"

#include <utility>

namespace cpp_lite::h2 {
namespace {

constexpr int kMostStrikes = 2;

}  // namespace

SteadyTime later(SteadyTime now, std::chrono::nanoseconds by) {
  return by > SteadyTime::max() - now ? SteadyTime::max() : now + by;
}

bool Keepalive::heard(SteadyTime now) {
  heard_ = now;
  return std::exchange(asked_, false);
}

Keepalive::Step Keepalive::step(SteadyTime now, bool calls) {
  if (asked_) return {now >= answer_due_ ? Action::give_up : Action::wait, answer_due_};
  if (!calls && !options_.without_calls) return {Action::wait, SteadyTime::max()};
  const SteadyTime ask_at = later(heard_, options_.interval);
  if (now < ask_at) return {Action::wait, ask_at};
  asked_ = true;
  answer_due_ = later(now, options_.timeout);
  return {Action::ping, answer_due_};
}

bool Suspicion::raise(SteadyTime now) {
  raised_ = true;
  if (asking_ || (asked_ && now < later(*asked_, between_pings_))) return false;
  asking_ = true;
  asked_ = now;
  return true;
}

bool PingStrikes::too_many(SteadyTime now, bool calls, bool sent) {
  const std::optional<SteadyTime> last = std::exchange(last_, now);
  if (sent) strikes_ = 0;
  const auto least = calls ? intervals_.with_calls : intervals_.without_calls;
  if (sent || !last || now >= later(*last, least)) return false;
  return ++strikes_ > kMostStrikes;
}

}  // namespace cpp_lite::h2
