#include <cpp_lite/layers.h>

#include <mutex>
#include <utility>

#include "policy/breaker.h"
#include "policy/error_info.h"
#include "policy/watched_call.h"

namespace cpp_lite {
namespace {

using policy::Breaker;
using policy::Judgement;

// The breaker of one channel, and of its calls, which may outlive that.
class Circuit {
 public:
  explicit Circuit(const CircuitBreakerOptions& options)
      : clock_(options.clock != nullptr ? *options.clock : system_steady_clock()),
        breaker_(options, options.random ? options.random : policy::make_random()) {}

  std::optional<Breaker::Permit> admit() {
    const std::lock_guard lock(mutex_);
    return breaker_.admit(clock_.now());
  }
  void settle(const Breaker::Permit& permit, const RawReply* reply) {
    const Judgement judgement = reply != nullptr ? policy::judge(*reply) : Judgement::ignored;
    const std::lock_guard lock(mutex_);
    breaker_.settle(permit, judgement, clock_.now());
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  Breaker breaker_;  // guarded by mutex_
};

Status open() {
  return policy::refusal(policy::kCircuitOpen, "too many calls failed: the circuit is open",
                         "circuit breaker");
}

class BreakingChannel final : public Channel {
 public:
  BreakingChannel(std::shared_ptr<Channel> next, const CircuitBreakerOptions& options)
      : next_(std::move(next)), circuit_(std::make_shared<Circuit>(options)) {}

  Future<RawReply> unary(Call call, Bytes request) override {
    const auto permit = circuit_->admit();
    if (!permit) return RawReply{open()};
    return policy::watched(next_->unary(std::move(call), std::move(request)), settling(*permit));
  }
  std::unique_ptr<RawStream> stream(Call call) override {
    const auto permit = circuit_->admit();
    if (!permit) return ended_stream(open());
    return policy::watched(next_->stream(std::move(call)), settling(*permit));
  }

 private:
  policy::CallEnd settling(const Breaker::Permit& permit) {
    return [circuit = circuit_, permit](const RawReply* reply) { circuit->settle(permit, reply); };
  }

  const std::shared_ptr<Channel> next_;
  const std::shared_ptr<Circuit> circuit_;
};

}  // namespace

ClientLayer circuit_breaker(CircuitBreakerOptions options) {
  return [options = std::move(options)](std::shared_ptr<Channel> next) {
    return std::make_shared<BreakingChannel>(std::move(next), options);
  };
}

}  // namespace cpp_lite
