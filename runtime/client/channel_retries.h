// What the repeated calls of one channel share: the budget, the throttle, the service config, and
// the memory of what they may have to send again.
#pragma once

#include <cpp_lite/channel.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "client/outgoing.h"
#include "config/service_config.h"
#include "policy/retry_budget.h"
#include "policy/retry_decider.h"
#include "policy/retry_throttle.h"

namespace cpp_lite::client {

// What calls say that end with such a refusal.
inline constexpr std::string_view kBadConfig = "there is no valid service config";

// What a call takes with it from its beginning on, so that a new config concerns later calls only
// (calls.md R37).
struct CallConfig {
  std::shared_ptr<const config::ServiceConfig> config;  // null: none
  const config::MethodConfig* method = nullptr;         // in `config`; null: it says nothing
  std::shared_ptr<policy::RetryThrottle> throttle;      // null: none
  Status refusal = {};  // an error: the call ends with it, because there is no valid config

  // What the config adds (calls.md D2; grpc/grpc, doc/service_config.md): the smaller bound counts.
  void narrow(const ConnectOptions& inherited, SteadyTime now, CallSettings& call,
              SteadyTime& deadline) const;
};

// Belongs to a channel and its loop.
class ChannelRetries {
 public:
  // The options must outlive it.
  ChannelRetries(const ConnectOptions& options, policy::Random random, SteadyTime now);

  // A call begins: pays into the budget, and takes what holds for it.
  CallConfig begin(const Method& method);
  policy::RetryRules rules(const Method& method, const CallConfig& config, bool has_key) const;

  // How calls of this method are hedged that begin now; nothing: not. Any thread.
  std::optional<HedgingPolicyData> hedging(const Method& method) const {
    if (method.hedging.max_attempts == 0 && !options_.service_config.hedges()) return {};
    return find_hedging(method);
  }

  policy::RetryBudget& budget() { return budget_; }
  const policy::Random& random() const { return random_; }
  ReplayMemory& memory() { return memory_; }

 private:
  std::optional<HedgingPolicyData> find_hedging(const Method& method) const;
  void report_narrowing(const Method& method, const config::MethodConfig& config);

  const ConnectOptions& options_;
  const policy::Random random_;
  policy::RetryBudget budget_;
  ReplayMemory memory_;
  std::shared_ptr<const config::ServiceConfig> config_;  // the newest seen
  std::shared_ptr<policy::RetryThrottle> throttle_;      // of config_
  std::unordered_set<std::string_view> reported_;        // paths; of methods, which live for ever
};

}  // namespace cpp_lite::client
