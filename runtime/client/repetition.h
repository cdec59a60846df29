// The memory of a call that is sent more than once: its attempts, and what they allow.
#pragma once

#include <cpp_lite/attempt.h>
#include <cpp_lite/loop.h>

#include <memory>
#include <string>
#include <vector>

#include "client/channel_retries.h"
#include "policy/retry_decider.h"

namespace cpp_lite::client {

// Belongs to a call; made when its first attempt fails, or when it needs to know beforehand.
struct Repetition {
  Repetition(Loop& loop, const policy::RetryRules& rules,
             std::shared_ptr<policy::RetryThrottle> throttle, ChannelRetries& shared)
      : decider(rules, std::move(throttle), shared.budget(), shared.random()), pause(loop) {}

  void has_failed_at(const std::string& peer) {
    if (peer.empty()) return;
    std::erase(failed_at, peer);
    failed_at.push_back(peer);
  }

  policy::RetryDecider decider;
  Timer pause;                         // between two attempts
  std::vector<Attempt> attempts;       // those that are over
  std::chrono::nanoseconds delay{};    // before the one under way
  Status last;                         // how the last one ended
  std::vector<std::string> failed_at;  // each endpoint once, the last one last
  std::string executed_at;             // the endpoint where one may have been executed, if any
  std::string store;                   // that it had shown by then
};

}  // namespace cpp_lite::client
