#include "client/channel.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/deadline_rules.h"
#include "client/call.h"
#include "client/fixed_deadline.h"
#include "client/hedged_call.h"
#include "client/stream.h"
#include "io/lending.h"
#include "wire/causes.h"

namespace cpp_lite::client {
namespace {

using wire::LocalCause;

std::shared_ptr<Loop> loop_of(const ConnectOptions& options) {
  if (options.loop != nullptr) return options.loop;
  auto own = Loop::create({.clock = options.clock, .busy_poll = options.busy_poll});
  io::make_lendable(*own);
  return own;
}

ConnectOptions without_loop(ConnectOptions options) {
  options.loop.reset();  // the core is not to hold it
  return options;
}

// RFC 9110 5.5 without the spaces: what can stand in an authority.
bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Status bad(std::string_view what) {
  return wire::local_status(LocalCause::bad_configuration, what);
}

// Why this call cannot be made at all.
Status check_call(const Call& call) {
  if (call.method == nullptr) return bad("a call without a method");
  if (std::optional<std::string> wrong = call.options.metadata.invalid()) {
    return wire::local_status(LocalCause::unsendable_metadata, *wrong);
  }
  if (!is_visible(call.options.authority)) {
    return wire::local_status(LocalCause::unsendable_metadata,
                              "authority with a space or a "
                              "character beyond ASCII");
  }
  return Status();
}

class FailingChannel final : public Channel {
 public:
  explicit FailingChannel(Status why) : why_(std::move(why)) {}
  Future<RawReply> unary(Call, Bytes) override { return RawReply{why_}; }
  std::unique_ptr<RawStream> stream(Call) override { return ended_stream(why_); }
  ChannelState state() const override { return ChannelState::shutdown; }

 private:
  const Status why_;
};

Status check_windows(const ConnectOptions& options) {
  constexpr std::uint32_t kMaxWindow = 0x7fffffff;  // RFC 9113 6.9.1
  if (options.stream_window == 0 || options.stream_window > kMaxWindow) {
    return bad("stream_window must be within 1 and 2^31 - 1");
  }
  if (options.connection_window < 0xffff || options.connection_window > kMaxWindow) {
    return bad("connection_window must be within 65,535 and 2^31 - 1");
  }
  return Status();
}

Status check_hedging(const ConnectOptions& options) {
  if (!(options.max_extra_load >= 0 && options.max_extra_load <= policy::kMostExtraLoad)) {
    return bad("max_extra_load must be within 0 and 0.1");
  }
  if (!(options.hedging_percentile >= 0 && options.hedging_percentile < 1)) {
    return bad("hedging_percentile must be at least 0 and under 1");
  }
  return Status();
}

}  // namespace

NetChannel::NetChannel(ConnectOptions options, Seams seams, bool layered)
    : loop_(loop_of(options)),
      layered_(layered),
      core_(std::make_shared<ChannelCore>(*loop_, without_loop(std::move(options)),
                                          std::move(seams))) {}

NetChannel::~NetChannel() {
  // Posted on the loop itself too: calls that were started elsewhere may be on their way.
  loop_->post([core = std::move(core_)] { core->orphan(); });
}

void NetChannel::connect_now() {
  loop_->post([core = core_, loop = loop_] { core->connect(loop); });
}

// A config that came with the call from elsewhere is another channel's.
CallPlan NetChannel::plan(Call& call) const {
  std::shared_ptr<const config::ServiceConfig> seen = std::move(call.options.config);
  if (!layered_) seen.reset();
  return core_->retries().plan(*call.method, call.options.parent.get(), std::move(seen));
}

template <typename C>
void NetChannel::start(std::shared_ptr<C> call, SteadyTime now) const {
  if (loop_->is_current()) return call->start(now);
  core_->lending().start_call([call = std::move(call)] { call->start(call->loop()->now()); });
}

// RFC 6750 section 2.1. Here and not in a layer, so that layers may set the token.
Status NetChannel::settle_token(Call& call) const {
  if (call.options.token.empty()) return Status();
  const std::string token = std::exchange(call.options.token, {});
  if (core_->options().tls == nullptr && !core_->options().plaintext_tokens) {
    return bad(
        "a token over plaintext can be read by others: give the channel .tls, or say "
        ".plaintext_tokens = true");
  }
  if (!is_visible(token)) return bad("a token with a space or a character beyond ASCII");
  if (call.options.metadata.contains("authorization")) {
    return bad("a token, and metadata with the key \"authorization\"");
  }
  call.options.metadata.add("authorization", "Bearer " + token);
  return Status();
}

Future<RawReply> NetChannel::unary(Call call, Bytes request) {
  if (Status status = check_call(call); !status.ok()) return RawReply{std::move(status)};
  if (Status status = settle_token(call); !status.ok()) return RawReply{std::move(status)};
  const SteadyTime now = loop_->now();
  const SteadyTime deadline = base::own_deadline(call.deadline, *call.method, now);
  const auto make = [&](auto made) {
    Future<RawReply> reply = made->make_unary(std::move(request));
    start(std::move(made), now);
    return reply;
  };
  CallPlan plan = this->plan(call);
  if (plan.hedging) {
    return make(
        std::make_shared<HedgedCall>(core_, loop_, std::move(call), deadline, std::move(plan)));
  }
  return make(std::allocate_shared<ClientCall>(detail::BlockAllocator<ClientCall>(), core_, loop_,
                                               std::move(call), deadline, std::move(plan.config)));
}

std::unique_ptr<RawStream> NetChannel::stream(Call call) {
  if (Status status = check_call(call); !status.ok()) return ended_stream(std::move(status));
  if (Status status = settle_token(call); !status.ok()) return ended_stream(std::move(status));
  const SteadyTime now = loop_->now();
  const SteadyTime deadline = base::own_deadline(call.deadline, *call.method, now);
  CallPlan plan = this->plan(call);
  if (plan.hedging) {
    auto hedged =
        std::make_shared<HedgedCall>(core_, loop_, std::move(call), deadline, std::move(plan));
    start(hedged, now);
    return std::make_unique<HedgedStream>(std::move(hedged));
  }
  auto started =
      std::make_shared<ClientCall>(core_, loop_, std::move(call), deadline, std::move(plan.config));
  start(started, now);
  return std::make_unique<CallStream>(std::move(started));
}

std::shared_ptr<Channel> failing_channel(Status why) {
  return std::make_shared<FailingChannel>(std::move(why));
}

Status check_options(const ConnectOptions& options) {
  constexpr auto kZero = std::chrono::nanoseconds::zero();
  if (!is_visible(options.authority)) {
    return bad("authority has a space or a character beyond ASCII");
  }
  if (!std::all_of(options.user_agent.begin(), options.user_agent.end(),
                   [](char c) { return c >= ' ' && c < 0x7f; })) {
    return bad("user_agent has a character that is not printable ASCII");
  }
  if (options.connect_timeout <= kZero) return bad("connect_timeout must be positive");
  if (options.initial_backoff <= kZero || options.max_backoff < options.initial_backoff) {
    return bad("initial_backoff must be positive and at most max_backoff");
  }
  if (!(options.backoff_multiplier >= 1)) return bad("backoff_multiplier must be at least 1");
  if (!(options.backoff_jitter >= 0 && options.backoff_jitter < 1)) {
    return bad("backoff_jitter must be at least 0 and under 1");
  }
  if (options.min_resolve_interval < kZero) return bad("min_resolve_interval must not be negative");
  if (options.least_request_choices < 2) return bad("least_request_choices must be at least 2");
  if (options.idle_timeout < kZero) return bad("idle_timeout must not be negative");
  if (options.max_connections_per_endpoint == 0) {
    return bad("max_connections_per_endpoint must be at least 1");
  }
  if (options.keepalive < kZero) return bad("keepalive must not be negative");
  if (options.keepalive > kZero && options.keepalive_timeout <= kZero) {
    return bad("keepalive_timeout must be positive");
  }
  if (options.max_attempts < 1) return bad("max_attempts must be at least 1");
  if (Status status = check_hedging(options); !status.ok()) return status;
  if (options.busy_poll < kZero) return bad("busy_poll must not be negative");
  if (options.send_buffer == 0) return bad("send_buffer must be at least 1");
  if (options.max_header_list == 0) return bad("max_header_list must be at least 1");
  return check_windows(options);
}

std::shared_ptr<Channel> through_layers(std::shared_ptr<Channel> channel,
                                        const std::vector<ClientLayer>& layers) {
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    channel = *layer ? (*layer)(std::move(channel)) : nullptr;
    if (channel == nullptr) channel = failing_channel(bad("a layer gave no channel"));
  }
  return channel;
}

std::shared_ptr<Channel> connect_through(Seams seams, ConnectOptions options) {
  const std::vector<ClientLayer> layers = std::exchange(options.layers, {});
  if (Status status = check_options(options); !status.ok()) {
    return through_layers(failing_channel(std::move(status)), layers);
  }
  if (!seams.random) seams.random = policy::make_random();
  if (layers.empty()) return std::make_shared<NetChannel>(std::move(options), std::move(seams));
  if (options.loop == nullptr) options.loop = loop_of(options);
  const ConnectOptions outside = options;
  auto inside = std::make_shared<NetChannel>(std::move(options), std::move(seams), true);
  return std::make_shared<FixedDeadline>(through_layers(inside, layers), inside, outside.loop,
                                         outside);
}

}  // namespace cpp_lite::client
