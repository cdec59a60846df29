// The channel that connect() gives: calls over a network connection that is made when it is needed.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/loop.h>

#include <memory>
#include <vector>

#include "client/core.h"

namespace cpp_lite::client {

// Belongs to the user and the layers; thread-safe. Calls go on when it is gone, and end by
// themselves.
class NetChannel final : public Channel {
 public:
  // `options` are good; options.authority is set. Uses options.loop, or makes a loop. `layered`:
  // calls come through a FixedDeadline with these options.
  NetChannel(ConnectOptions options, Seams seams, bool layered = false);
  ~NetChannel() override;
  NetChannel(const NetChannel&) = delete;
  NetChannel& operator=(const NetChannel&) = delete;

  Future<RawReply> unary(Call call, Bytes request) override;
  std::unique_ptr<RawStream> stream(Call call) override;
  ChannelState state() const override { return core_->state(); }
  Future<ChannelState> state_other_than(ChannelState last) override {
    return core_->state_other_than(last);
  }
  void connect_now() override;

 private:
  CallPlan plan(Call& call) const;
  Status settle_token(Call& call) const;
  template <typename C>
  void start(std::shared_ptr<C> call, SteadyTime now) const;

  const std::shared_ptr<Loop> loop_;
  const bool layered_;
  std::shared_ptr<ChannelCore> core_;
};

// A channel whose calls all end at once with this status.
std::shared_ptr<Channel> failing_channel(Status why);

// What is wrong with the options, if anything (INVALID_ARGUMENT).
Status check_options(const ConnectOptions& options);

// The channel with layers around it, the first outermost.
std::shared_ptr<Channel> through_layers(std::shared_ptr<Channel> channel,
                                        const std::vector<ClientLayer>& layers);

// connect() for a dialer of one's own. options.authority is what the peer is to be called.
std::shared_ptr<Channel> connect_through(Seams seams, ConnectOptions options);

}  // namespace cpp_lite::client
