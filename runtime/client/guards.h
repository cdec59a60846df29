// What keeps calls away from endpoints in trouble: a circuit breaker for each of them, and the
// ejection of outliers. Both are off unless the options ask for them.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/loop.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/backoff.h"
#include "policy/breaker.h"
#include "policy/judgement.h"
#include "policy/outlier.h"

namespace cpp_lite::client {

// Belongs to a channel and its loop. Endpoints are named as h2::Connection::peer() names them.
class Guards {
 public:
  using Permit = policy::Breaker::Permit;
  static constexpr std::size_t kMostBreakers = 1000;

  // `loop` outlives it.
  Guards(Loop& loop, const ConnectOptions& options, Random random);

  // Somebody wants to hear of attempts.
  bool active() const { return breaking_ || outliers_; }
  bool breaking() const { return breaking_.has_value(); }

  // Of a balancer over several endpoints: those that there are now.
  void set_endpoints(const std::vector<std::string>& names);

  // The circuit of this endpoint is open: nothing may be sent there.
  bool barred(std::string_view peer) const;
  // It fails much more often than it should: it is picked only if no other endpoint is ready.
  bool ejected(std::string_view peer);
  // An attempt goes to this endpoint, which is not barred. Every one is to be reported once, with
  // its permit.
  Permit admit(std::string_view peer);
  void report(std::string_view peer, const Permit& permit, policy::Judgement judgement);

 private:
  void sweep();

  Loop& loop_;
  const std::optional<CircuitBreakerOptions> breaking_;
  const Random random_;
  std::map<std::string, policy::Breaker, std::less<>> breakers_;  // of endpoints that had a call
  std::optional<policy::OutlierDetector> outliers_;
  std::chrono::nanoseconds interval_{};
  SteadyTime sweep_at_{};
};

}  // namespace cpp_lite::client
