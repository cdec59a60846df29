// What the repeated calls of one channel share: the budget, the throttle, the service config, and
// the memory of what they may have to send again.
#pragma once

#include <cpp_lite/channel.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "client/outgoing.h"
#include "config/service_config.h"
#include "policy/extra_load.h"
#include "policy/latency_window.h"
#include "policy/retry_budget.h"
#include "policy/retry_decider.h"
#include "policy/retry_throttle.h"

namespace cpp_lite::client {

// What calls say that end with such a refusal.
inline constexpr std::string_view kBadConfig = "there is no valid service config";

// What a call takes with it from its beginning on, so that a new config concerns later calls only
// (docs/rules.md R37).
struct CallConfig {
  std::shared_ptr<const config::ServiceConfig> config;  // null: none
  const config::MethodConfig* method = nullptr;         // in `config`; null: it says nothing
  std::shared_ptr<policy::RetryThrottle> throttle;      // null: none
  Status refusal = {};  // an error: the call ends with it, because there is no valid config

  // What the config adds (docs/rules.md D2; grpc/grpc, doc/service_config.md): the smaller bound
  // counts.
  void narrow(const ConnectOptions& inherited, SteadyTime now, CallSettings& call,
              SteadyTime& deadline) const;
};

// What one look at the service config says of a call that is about to be made.
struct CallPlan {
  std::shared_ptr<const config::ServiceConfig> config;  // null: none
  std::optional<HedgingPolicyData> hedging;             // effective; nothing: it is not hedged
};

// Belongs to a channel and its loop.
class ChannelRetries {
 public:
  // The options must outlive it.
  ChannelRetries(const ConnectOptions& options, policy::Random random, SteadyTime now);

  // How a call of this method, perhaps inside a served one, is to be made now. `seen`: the config
  // that it has met in front of the layers; null: none, the newest one counts. Any thread.
  CallPlan plan(const Method& method, const CallContext* parent,
                std::shared_ptr<const config::ServiceConfig> seen) const;
  // A planned call begins: pays into the budget, and takes what holds for it. `config`: its plan's.
  CallConfig begin(const Method& method, std::shared_ptr<const config::ServiceConfig> config);
  policy::RetryRules rules(const Method& method, const CallConfig& config, bool has_key) const;

  // A hedged call begins: when it hedges, by what is known now.
  HedgingPolicyData timed(const Method& method, HedgingPolicyData hedging) const;
  // Its first attempt was answered after this time, or had not been by then.
  void note_latency(const Method& method, std::chrono::nanoseconds latency);

  policy::RetryBudget& budget() { return budget_; }
  policy::ExtraLoad& extra_load() { return extra_load_; }
  const policy::Random& random() const { return random_; }
  ReplayMemory& memory() { return memory_; }

 private:
  std::optional<HedgingPolicyData> find_hedging(const Method& method,
                                                const config::ServiceConfig* config) const;
  void report_narrowing(const Method& method, const config::MethodConfig& config);

  const ConnectOptions& options_;
  const policy::Random random_;
  policy::RetryBudget budget_;
  policy::ExtraLoad extra_load_;
  ReplayMemory memory_;
  std::unordered_map<std::string_view, policy::LatencyWindow> latencies_;  // by path
  std::shared_ptr<const config::ServiceConfig> config_;                    // the newest seen
  std::shared_ptr<policy::RetryThrottle> throttle_;                        // of config_
  std::unordered_set<std::string_view> reported_;  // paths; of methods, which live for ever
};

}  // namespace cpp_lite::client
