#include "client/channel_retries.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "policy/hedge_decider.h"
#include "wire/causes.h"

namespace cpp_lite::client {
namespace {

// gRFC A21: the channel is failing as long as there is nothing valid to go back to.
Status without_config(const ServiceConfig& config) {
  const Status bad = config.status();
  if (bad.ok()) return bad;
  Status refusal = wire::local_status(wire::LocalCause::no_service_config, bad.message());
  refusal.set_not_executed(true).set_phase("resolving");
  return refusal;
}

// Streamed requests are repeated only if their .proto says so in as many words (docs/rules.md,
// "Streamed requests").
bool takes_retry(const Method& method) {
  return !method.client_streams || method.retry.max_attempts > 0;
}

// The config asks for more than the .proto allows.
bool is_wider(const Method& method, const config::MethodConfig& config) {
  if (!config.retry && !config.hedging) return false;
  if (method.no_retry) return true;
  const std::uint32_t allowed = policy::allowed_codes(method.safety);
  if (config.retry) return !takes_retry(method) || (config.retry->codes & ~allowed) != 0;
  return !policy::may_hedge(method) || (config.hedging->non_fatal_codes & ~allowed) != 0;
}

}  // namespace

ChannelRetries::ChannelRetries(const ConnectOptions& options, policy::Random random, SteadyTime now)
    : options_(options),
      random_(std::move(random)),
      budget_(now),
      extra_load_(options.max_extra_load),
      memory_(options.replay_buffer, options.channel_replay_buffer) {}

CallPlan ChannelRetries::plan(const Method& method, const CallContext* parent,
                              std::shared_ptr<const config::ServiceConfig> seen) const {
  CallPlan plan{.config = seen ? std::move(seen) : options_.service_config.get(), .hedging = {}};
  if (parent != nullptr && parent->retry_hint() != RetryHint::none) return plan;
  if (method.hedging.max_attempts == 0 && (plan.config == nullptr || !plan.config->hedges)) {
    return plan;
  }
  plan.hedging = find_hedging(method, plan.config.get());
  return plan;
}

// Calls may begin in another order than they were planned in: an older config does not come back,
// and its calls pay into the bucket that there is now.
CallConfig ChannelRetries::begin(const Method& method,
                                 std::shared_ptr<const config::ServiceConfig> config) {
  if (options_.retries) {
    budget_.call_began();
    extra_load_.call_began();
  }
  CallConfig call;
  call.config = std::move(config);
  if (call.config == nullptr) {
    call.refusal = without_config(options_.service_config);
    return call;
  }
  if (config_ == nullptr || call.config->version > config_->version) {
    config_ = call.config;
    reported_.clear();
    throttle_.reset();
    if (const auto& bucket = config_->throttling) {
      throttle_ = std::make_shared<policy::RetryThrottle>(bucket->max_tokens, bucket->token_ratio);
    }
  }
  call.throttle = throttle_;
  call.method = call.config->find(method.path);
  if (call.method != nullptr) report_narrowing(method, *call.method);
  return call;
}

void CallConfig::narrow(const ConnectOptions& inherited, SteadyTime now, CallSettings& call,
                        SteadyTime& deadline) const {
  if (method == nullptr) return;
  const auto at_most = [](std::optional<std::size_t>& own, std::size_t otherwise,
                          const std::optional<std::uint64_t>& bound) {
    if (bound) own = std::min<std::uint64_t>(own.value_or(otherwise), *bound);
  };
  if (method->timeout) deadline = std::min(deadline, Deadline(*method->timeout).resolve(now));
  at_most(call.max_receive_message, inherited.max_receive_message,
          method->max_response_message_bytes);
  at_most(call.max_send_message, inherited.max_send_message, method->max_request_message_bytes);
}

// docs/rules.md, "Safety": a config that allows more than the .proto is cut down, and says so once.
void ChannelRetries::report_narrowing(const Method& method, const config::MethodConfig& config) {
  if (!is_wider(method, config)) return;
  options_.service_config.count_narrowed();
  if (!reported_.insert(method.path).second || !options_.log) return;
  options_.log(LogLevel::warning,
               "the service config would repeat " + std::string(method.path) +
                   " where its .proto does not allow it; only what the .proto allows is repeated");
}

// A policy of the config stands for that of the .proto, of whichever kind (docs/rules.md R1).
std::optional<HedgingPolicyData> ChannelRetries::find_hedging(
    const Method& method, const config::ServiceConfig* all) const {
  if (!options_.retries || method.no_retry || !policy::may_hedge(method)) return {};
  HedgingPolicyData policy = method.hedging;
  const config::MethodConfig* const config = all != nullptr ? all->find(method.path) : nullptr;
  if (config != nullptr && config->hedging) policy = *config->hedging;
  if (config != nullptr && config->retry) policy.max_attempts = 0;
  policy = policy::effective_hedging(policy, method.safety, options_.max_attempts);
  if (policy.max_attempts < 2) return {};
  return policy;
}

HedgingPolicyData ChannelRetries::timed(const Method& method, HedgingPolicyData hedging) const {
  if (options_.hedging_percentile <= 0) return hedging;
  const auto known = latencies_.find(method.path);
  if (known == latencies_.end()) return hedging;
  if (const auto delay = known->second.percentile(options_.hedging_percentile)) {
    hedging.delay = std::max<std::chrono::nanoseconds>(*delay, policy::kShortestHedgingDelay);
  }
  return hedging;
}

void ChannelRetries::note_latency(const Method& method, std::chrono::nanoseconds latency) {
  if (options_.hedging_percentile > 0) latencies_[method.path].add(latency);
}

policy::RetryRules ChannelRetries::rules(const Method& method, const CallConfig& config,
                                         bool has_key) const {
  policy::RetryRules rules;
  rules.safety = method.safety;
  rules.has_key = has_key;
  rules.assume_keyed = options_.assume_keyed;
  rules.disabled = !options_.retries || method.no_retry;
  rules.streams_requests = method.client_streams;
  rules.policy = method.retry;
  if (config.method != nullptr && config.method->retry && takes_retry(method)) {
    rules.policy = *config.method->retry;
  }
  rules.max_attempts = options_.max_attempts;
  return rules;
}

}  // namespace cpp_lite::client
