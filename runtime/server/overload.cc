#include "server/overload.h"

#include <chrono>
#include <random>

#include "wire/causes.h"

namespace cpp_lite::server {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortest{100}, kLongest{1000};
constexpr std::chrono::seconds kRest{1}, kSustained{10};

}  // namespace

bool waited_too_long(SteadyTime queued, SteadyTime now, SteadyTime deadline) {
  return deadline != SteadyTime::max() && now - queued > (deadline - now) / 2;
}

Overload::Overload()
    : Overload([engine = std::minstd_rand(std::random_device()())]() mutable {
        return std::generate_canonical<double, 32>(engine);
      }) {}

Status Overload::refuse(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (last_ == SteadyTime::min() || now - last_ >= kRest) since_ = now;
  last_ = now;
  Status status = wire::local_status(wire::LocalCause::handler_queue_full);
  status.set_not_executed(true);
  if (now - since_ > kSustained) return status.set_pushback(milliseconds(-1));
  const double range = static_cast<double>((kLongest - kShortest).count() + 1);
  return status.set_pushback(kShortest + milliseconds(static_cast<int>(random_() * range)));
}

}  // namespace cpp_lite::server
