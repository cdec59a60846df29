#include "client/channel_retries.h"

#include <string>
#include <utility>

namespace cpp_lite::client {

ChannelRetries::ChannelRetries(const ConnectOptions& options, policy::Random random, SteadyTime now)
    : options_(options),
      random_(std::move(random)),
      budget_(now),
      memory_(options.replay_buffer, options.channel_replay_buffer) {}

CallConfig ChannelRetries::begin(const Method& method) {
  budget_.call_began();
  CallConfig call;
  call.config = options_.service_config.get();
  if (call.config == nullptr) return call;
  if (call.config != config_) {
    config_ = call.config;
    reported_.clear();
    throttle_.reset();
    if (const auto& bucket = config_->throttling) {
      throttle_ = std::make_shared<policy::RetryThrottle>(bucket->max_tokens, bucket->token_ratio);
    }
  }
  call.throttle = throttle_;
  call.method = config_->find(method.path);
  if (call.method != nullptr) report_narrowing(method, *call.method);
  return call;
}

// calls.md 4.5: a config that allows more than the .proto is cut down, and says so once.
void ChannelRetries::report_narrowing(const Method& method, const config::MethodConfig& config) {
  if (!config.retry) return;
  const std::uint32_t wider = config.retry->codes & ~policy::allowed_codes(method.safety);
  if (wider == 0) return;
  options_.service_config.count_narrowed();
  if (!reported_.insert(method.path).second || !options_.log) return;
  options_.log(LogLevel::warning,
               "the service config would repeat " + std::string(method.path) +
                   " where its .proto does not allow it; only what the .proto allows is repeated");
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
  if (config.method != nullptr && config.method->retry) rules.policy = *config.method->retry;
  rules.max_attempts = options_.max_attempts;
  return rules;
}

}  // namespace cpp_lite::client
