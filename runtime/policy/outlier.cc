#include "policy/outlier.h"

#include <algorithm>
#include <utility>

namespace cpp_lite::policy {
namespace {

OutlierOptions sane(OutlierOptions options) {
  options.base_ejection = std::max(options.base_ejection, std::chrono::nanoseconds(1));
  options.request_volume = std::max(options.request_volume, 1);
  options.threshold = std::clamp(options.threshold, 0, 100);
  options.max_ejected = std::clamp(options.max_ejected, 0, 100);
  return options;
}

}  // namespace

OutlierDetector::OutlierDetector(const OutlierOptions& options) : options_(sane(options)) {}

void OutlierDetector::set_endpoints(const std::vector<std::string>& endpoints) {
  std::unordered_map<std::string, Endpoint> kept;
  order_.clear();
  for (const std::string& name : endpoints) {
    const auto known = endpoints_.find(name);
    if (kept.emplace(name, known != endpoints_.end() ? known->second : Endpoint()).second) {
      order_.push_back(name);
    }
  }
  endpoints_ = std::move(kept);
}

void OutlierDetector::record(std::string_view endpoint, bool failed) {
  const auto found = endpoints_.find(std::string(endpoint));
  if (found == endpoints_.end()) return;
  ++found->second.calls;
  found->second.failures += failed ? 1 : 0;
}

// In A50's order: eject by what was counted, then bring back those whose time is over.
bool OutlierDetector::sweep(SteadyTime now) {
  bool changed = eject(now);
  for (auto& [name, endpoint] : endpoints_) {
    changed |= bring_back(endpoint, now);
    endpoint.calls = endpoint.failures = 0;
  }
  return changed;
}

bool OutlierDetector::eject(SteadyTime now) {
  bool changed = false;
  for (const std::string& name : order_) {
    Endpoint& endpoint = endpoints_.at(name);
    if (endpoint.ejected || !fails_too_often(endpoint)) continue;
    if (!room_for_ejection()) break;
    endpoint.ejected = changed = true;
    endpoint.since = now;
    ++endpoint.ejections;
  }
  return changed;
}

bool OutlierDetector::bring_back(Endpoint& endpoint, SteadyTime now) const {
  if (!endpoint.ejected) {
    endpoint.ejections = std::max(0, endpoint.ejections - 1);
    return false;
  }
  const auto longest = std::max(options_.base_ejection, options_.max_ejection);
  const auto full = longest / options_.base_ejection;  // ejections that come to the longest time
  const auto time =
      endpoint.ejections > full ? longest : options_.base_ejection * endpoint.ejections;
  if (now - endpoint.since < time) return false;
  endpoint.ejected = false;
  return true;
}

bool OutlierDetector::fails_too_often(const Endpoint& endpoint) const {
  if (endpoint.calls < static_cast<std::uint64_t>(options_.request_volume)) return false;
  return endpoint.failures * 100 > endpoint.calls * static_cast<std::uint64_t>(options_.threshold);
}

bool OutlierDetector::room_for_ejection() const {
  const std::size_t most = order_.size() * static_cast<std::size_t>(options_.max_ejected) / 100;
  return order_.size() > 1 && ejected_count() < std::max<std::size_t>(1, most);
}

bool OutlierDetector::ejected(std::string_view endpoint) const {
  const auto found = endpoints_.find(std::string(endpoint));
  return found != endpoints_.end() && found->second.ejected;
}

std::size_t OutlierDetector::ejected_count() const {
  return static_cast<std::size_t>(
      std::count_if(endpoints_.begin(), endpoints_.end(),
                    [](const auto& named) { return named.second.ejected; }));
}

}  // namespace cpp_lite::policy
