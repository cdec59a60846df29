#include "client/guards.h"

#include <algorithm>
#include <utility>

namespace cpp_lite::client {

using policy::Judgement;

Guards::Guards(Loop& loop, const ConnectOptions& options, Random random)
    : loop_(loop), breaking_(options.endpoint_breaker), random_(std::move(random)) {
  if (!options.outlier_ejection) return;
  outliers_.emplace(*options.outlier_ejection);
  interval_ = std::max<std::chrono::nanoseconds>(options.outlier_ejection->interval,
                                                 std::chrono::milliseconds(1));
}

void Guards::set_endpoints(const std::vector<std::string>& names) {
  if (outliers_) outliers_->set_endpoints(names);
  std::erase_if(breakers_, [&](const auto& entry) {
    return std::ranges::find(names, entry.first) == names.end();
  });
}

bool Guards::barred(std::string_view peer) const {
  const auto found = breakers_.find(peer);
  return found != breakers_.end() && !found->second.would_admit(loop_.now());
}

bool Guards::ejected(std::string_view peer) {
  if (!outliers_) return false;
  sweep();
  return outliers_->ejected(peer);
}

Guards::Permit Guards::admit(std::string_view peer) {
  if (!breaking_) return {};
  auto found = breakers_.find(peer);
  if (found == breakers_.end()) {
    if (breakers_.size() >= kMostBreakers) breakers_.clear();
    const Random& random = breaking_->random ? breaking_->random : random_;
    found = breakers_.emplace(peer, policy::Breaker(*breaking_, random)).first;
  }
  return found->second.admit(loop_.now()).value_or(Permit());
}

void Guards::report(std::string_view peer, const Permit& permit, Judgement judgement) {
  if (outliers_ && judgement != Judgement::ignored) {
    sweep();
    outliers_->record(peer, judgement == Judgement::failure);
  }
  if (!breaking_) return;
  const auto found = breakers_.find(peer);
  if (found != breakers_.end()) found->second.settle(permit, judgement, loop_.now());
}

// Only when somebody looks, so that a quiet channel needs no timer.
void Guards::sweep() {
  const SteadyTime now = loop_.now();
  if (sweep_at_ == SteadyTime()) sweep_at_ = now + interval_;
  // What an endpoint has behind it is forgiven by then.
  constexpr int kAtOnce = 100;
  for (int i = 0; i < kAtOnce && sweep_at_ <= now; ++i) {
    outliers_->sweep(sweep_at_);
    sweep_at_ += interval_;
  }
  if (sweep_at_ <= now) sweep_at_ = now + interval_;
}

}  // namespace cpp_lite::client
