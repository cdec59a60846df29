#include "policy/breaker.h"

#include <algorithm>
#include <utility>

namespace cpp_lite::policy {
namespace {

// As many calls as can be looked at are enough.
CircuitBreakerOptions sane(CircuitBreakerOptions options) {
  options.window = std::max(1, options.window);
  options.min_calls = std::clamp(options.min_calls, 1, options.window);
  options.probes = std::max(1, options.probes);
  return options;
}

}  // namespace

Breaker::Breaker(const CircuitBreakerOptions& options, Random random)
    : options_(sane(options)), random_(std::move(random)) {
  window_.reserve(static_cast<std::size_t>(options_.window));
}

std::optional<Breaker::Permit> Breaker::admit(SteadyTime now) {
  if (!would_admit(now)) return std::nullopt;
  if (state_ == State::open || probes_hang(now)) enter(State::half_open);
  if (state_ == State::closed) return Permit{period_, false};
  ++probing_;
  probed_ = now;
  return Permit{period_, true};
}

bool Breaker::would_admit(SteadyTime now) const {
  switch (state_) {
    case State::closed:
      return true;
    case State::open:
      return now >= until_;
    case State::half_open:
      return probing_ + succeeded_ < options_.probes || probes_hang(now);
  }
  return true;
}

// All places are taken by calls without an end, such as streams on which nothing comes.
bool Breaker::probes_hang(SteadyTime now) const {
  return state_ == State::half_open && probing_ + succeeded_ >= options_.probes &&
         now - probed_ >= options_.max_open;
}

void Breaker::settle(const Permit& permit, Judgement judgement, SteadyTime now) {
  if (permit.period != period_) return;
  if (permit.probe) return settle_probe(judgement, now);
  if (judgement != Judgement::ignored) record(judgement == Judgement::failure, now);
}

void Breaker::settle_probe(Judgement judgement, SteadyTime now) {
  --probing_;
  if (judgement == Judgement::failure) return open(now);
  if (judgement == Judgement::success && ++succeeded_ == options_.probes) {
    opened_ = 0;
    enter(State::closed);
  }
}

void Breaker::record(bool failed, SteadyTime now) {
  if (window_.size() < static_cast<std::size_t>(options_.window)) {
    window_.push_back(failed);
  } else {
    failures_ -= window_[next_] ? 1 : 0;
    window_[next_] = failed;
    next_ = (next_ + 1) % window_.size();
  }
  failures_ += failed ? 1 : 0;
  const auto calls = static_cast<double>(window_.size());
  if (calls >= options_.min_calls && failures_ >= options_.failure_rate * calls) open(now);
}

void Breaker::open(SteadyTime now) {
  std::chrono::nanoseconds time = std::min(options_.open, options_.max_open);
  for (int i = 0; i < opened_ && time < options_.max_open; ++i) {
    time = time > options_.max_open / 2 ? options_.max_open : time * 2;
  }
  ++opened_;
  until_ = now + jittered(time, random_());
  enter(State::open);
}

void Breaker::enter(State state) {
  state_ = state;
  ++period_;
  window_.clear();
  next_ = 0;
  failures_ = probing_ = succeeded_ = 0;
}

}  // namespace cpp_lite::policy
