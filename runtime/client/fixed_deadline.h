// Fixes a call's deadline before its layers see it, so that what it waits for in them counts.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/loop.h>

#include <chrono>
#include <memory>
#include <utility>

namespace cpp_lite::client {

// Outermost, before all layers. Thread-safe. docs/rules.md D2, D3, D12: the deadline is computed
// once, when the call takes it, from the caller's value, the method's max_timeout, the service
// config and the parent. Channels further in come to the same or a later one, and the earlier one
// counts. The service config that was looked at goes with the call, so that it sees no other one
// later.
class FixedDeadline final : public Channel {
 public:
  // `options`: those of `network`, the network channel behind `next`, with its loop, whose clock
  // counts.
  FixedDeadline(std::shared_ptr<Channel> next, std::shared_ptr<Channel> network,
                std::shared_ptr<Loop> loop, const ConnectOptions& options)
      : loop_(std::move(loop)),
        config_(options.service_config),
        margin_(options.deadline_margin),
        network_(std::move(network)),
        next_(std::move(next)) {}

  Future<RawReply> unary(Call call, Bytes request) override;
  std::unique_ptr<RawStream> stream(Call call) override;
  // Layers need not pass these on.
  ChannelState state() const override { return network_->state(); }
  Future<ChannelState> state_other_than(ChannelState last) override {
    return network_->state_other_than(last);
  }
  void connect_now() override { network_->connect_now(); }

 private:
  void fix(Call& call) const;

  const std::shared_ptr<Loop> loop_;  // outlives next_
  const ServiceConfig config_;
  const std::chrono::nanoseconds margin_;
  const std::shared_ptr<Channel> network_;
  const std::shared_ptr<Channel> next_;
};

}  // namespace cpp_lite::client
