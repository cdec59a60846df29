#include <cpp_lite/layers.h>

#include <mutex>
#include <optional>
#include <utility>

#include "policy/call_counts.h"
#include "policy/error_info.h"
#include "policy/judgement.h"
#include "policy/random.h"
#include "policy/watched_call.h"

namespace cpp_lite {
namespace {

// The counts of one channel, and of its calls, which may outlive that.
class Throttle {
 public:
  explicit Throttle(const AdaptiveThrottleOptions& options)
      : clock_(options.clock != nullptr ? *options.clock : system_steady_clock()),
        random_(options.random ? options.random : policy::make_random()),
        counts_(options.window, options.multiplier) {}

  // Where the call is counted; nothing: it is counted and refused.
  std::optional<std::int64_t> admit() {
    const double chance = random_();
    const std::lock_guard lock(mutex_);
    const SteadyTime now = clock_.now();
    const bool refused = chance < counts_.refusal_probability(now);
    const std::int64_t slot = counts_.requested(now);
    return refused ? std::nullopt : std::optional(slot);
  }

  void ended(std::int64_t slot, const RawReply* reply) {
    const bool counts = reply != nullptr && policy::reached_an_end(*reply);
    const bool failed = counts && policy::judge(*reply) == policy::Judgement::failure;
    const std::lock_guard lock(mutex_);
    if (!counts) return counts_.forget(slot);
    if (failed) return counts_.failed(clock_.now());
    counts_.accepted(clock_.now());
  }

 private:
  const Clock& clock_;
  const policy::Random random_;
  std::mutex mutex_;
  policy::CallCounts counts_;  // guarded by mutex_
};

Status refused() {
  return policy::refusal(policy::kThrottled, "the server accepts too few calls",
                         "adaptive throttle");
}

class ThrottledChannel final : public Channel {
 public:
  ThrottledChannel(std::shared_ptr<Channel> next, const AdaptiveThrottleOptions& options)
      : next_(std::move(next)), throttle_(std::make_shared<Throttle>(options)) {}

  Future<RawReply> unary(Call call, Bytes request) override {
    const auto slot = throttle_->admit();
    if (!slot) return RawReply{refused()};
    return policy::watched(next_->unary(std::move(call), std::move(request)), counting(*slot));
  }
  std::unique_ptr<RawStream> stream(Call call) override {
    const auto slot = throttle_->admit();
    if (!slot) return ended_stream(refused());
    return policy::watched(next_->stream(std::move(call)), counting(*slot));
  }

 private:
  policy::CallEnd counting(std::int64_t slot) {
    return [throttle = throttle_, slot](const RawReply* reply) { throttle->ended(slot, reply); };
  }

  const std::shared_ptr<Channel> next_;
  const std::shared_ptr<Throttle> throttle_;
};

}  // namespace

ClientLayer adaptive_throttle(AdaptiveThrottleOptions options) {
  return [options = std::move(options)](std::shared_ptr<Channel> next) {
    return std::make_shared<ThrottledChannel>(std::move(next), options);
  };
}

}  // namespace cpp_lite
