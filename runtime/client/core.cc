#include "client/core.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "client/call.h"
#include "client/hedged_call.h"
#include "config/service_config.h"
#include "h2/keepalive.h"
#include "io/loop_member.h"
#include "policy/error_info.h"
#include "wire/causes.h"
#include "wire/frame.h"
#include "wire/headers.h"

namespace cpp_lite::client {
namespace {

// PINGs more often than this are taken for an attack (gRFC A8).
constexpr std::chrono::seconds kMinKeepalive{10};
// Within which gRFC A61 wants the delay between two addresses.
constexpr std::chrono::milliseconds kShortestDelay{100}, kLongestDelay{2000};

LinkOptions link_options(const ConnectOptions& options) {
  LinkOptions link;
  link.connection.stream_window = options.stream_window;
  link.connection.connection_window = options.connection_window;
  link.connection.max_header_list = options.max_header_list;
  link.connection.send_buffer = options.send_buffer;
  if (options.keepalive > std::chrono::nanoseconds::zero()) {
    link.connection.keepalive =
        std::max<std::chrono::nanoseconds>(options.keepalive, kMinKeepalive);
  }
  link.connection.keepalive_timeout = options.keepalive_timeout;
  link.connection.keepalive_without_calls = options.keepalive_without_calls;
  link.connect_timeout = options.connect_timeout;
  link.attempt_delay = std::clamp<std::chrono::nanoseconds>(options.connection_attempt_delay,
                                                            kShortestDelay, kLongestDelay);
  link.max_connections = options.max_connections_per_endpoint;
  link.min_resolve_interval = options.min_resolve_interval;
  link.backoff = {options.initial_backoff, options.max_backoff, options.backoff_multiplier,
                  options.backoff_jitter};
  return link;
}

Status circuit_open() {
  return policy::refusal(policy::kCircuitOpen,
                         "too many calls failed at every endpoint that is ready",
                         "circuit breaker");
}

// A service config says more than the options do (gRFC A2).
LoadBalancing load_balancing(const ConnectOptions& options, const config::ServiceConfig* config) {
  if (config == nullptr || !config->load_balancing) return options.load_balancing;
  switch (*config->load_balancing) {
    case config::LoadBalancing::round_robin:
      return LoadBalancing::round_robin;
    case config::LoadBalancing::least_request:
      return LoadBalancing::least_request;
    case config::LoadBalancing::pick_first:
      break;
  }
  return LoadBalancing::pick_first;
}

// Whoever chooses the policy says this, too.
std::size_t choices(const ConnectOptions& options, const config::ServiceConfig* config) {
  constexpr std::uint64_t kMost = 10;  // gRFC A48
  const bool by_config = config != nullptr && config->load_balancing;
  const std::uint64_t wanted =
      by_config ? config->choice_count.value_or(2) : options.least_request_choices;
  return static_cast<std::size_t>(std::min(wanted, kMost));
}

std::string_view scheme_of(const ConnectOptions& options) {
  return options.tls != nullptr ? "https" : "http";
}

// Likewise; null: nobody asks.
std::shared_ptr<const HealthQuestion> health_question(const ConnectOptions& options,
                                                      const config::ServiceConfig* config,
                                                      const std::string& user_agent) {
  const bool by_config = config != nullptr && config->health_check_service;
  const std::optional<std::string>& service =
      by_config ? config->health_check_service : options.health_check_service;
  if (!service) return nullptr;
  return std::make_shared<const HealthQuestion>(
      HealthQuestion{.service = *service,
                     .scheme = std::string(scheme_of(options)),
                     .authority = options.authority,
                     .user_agent = user_agent});
}

std::string full_user_agent(const std::string& prefix) {
  if (prefix.empty()) return std::string(wire::kUserAgent);
  return prefix + ' ' + std::string(wire::kUserAgent);
}

}  // namespace

// A loop may end before its channels do: then nothing can be waited for any more.
class ChannelCore::LoopWatch final : public io::LoopMember {
 public:
  LoopWatch(Loop& loop, ChannelCore& core) : LoopMember(loop), core_(core) {}
  void on_loop_stop() override { core_.shut_down(); }
  void leave_loop() { leave(); }

 private:
  ChannelCore& core_;
};

ChannelCore::ChannelCore(Loop& loop, ConnectOptions options, Seams seams)
    : loop_(loop),
      lending_(loop),
      options_(std::move(options)),
      user_agent_(full_user_agent(options_.user_agent)),
      retries_(options_, seams.random, loop.now()),
      guards_(loop, options_, seams.random),
      seams_(std::move(seams)),
      idle_check_(loop),
      plain_head_(scheme_of(options_), options_.authority, user_agent_) {}

ChannelCore::~ChannelCore() = default;

void ChannelCore::log(LogLevel level, std::string_view line) const {
  if (options_.log) options_.log(level, line);
}

void ChannelCore::misused(const Method& method, std::string_view what) const {
  log(LogLevel::error,
      std::string(what) + " pending at once on one call of " + std::string(method.path));
}

void ChannelCore::call_started() {
  ++calls_;
  lending_.call_started();
  watch_loop();
}

void ChannelCore::watch_loop() {
  used_ = true;
  if (watch_ != nullptr || is_shut_down()) return;
  watch_ = std::make_unique<LoopWatch>(loop_, *this);
  check_idle();
}

void ChannelCore::call_ended() {
  lending_.call_ended();
  if (--calls_ > 0 || !orphaned_) return;
  // Not at once, because the call may be inside an event of the connection.
  loop_.post([self = shared_from_this()] { self->shut_down(); });
}

CallConfig ChannelCore::begin(const Method& method,
                              std::shared_ptr<const config::ServiceConfig> planned) {
  CallConfig config = retries_.begin(method, std::move(planned));
  no_config_ = !config.refusal.ok();
  if (balancer_ == nullptr && !no_config_) make_balancer(config.config.get());
  if (no_config_) show_state();
  return config;
}

void ChannelCore::connect(const std::shared_ptr<Loop>& loop) {
  if (orphaned_ || is_shut_down()) return;
  watch_loop();
  const auto config = options_.service_config.get();
  no_config_ = config == nullptr && !options_.service_config.status().ok();
  if (balancer_ == nullptr && !no_config_) make_balancer(config.get());
  if (balancer_ != nullptr) balancer_->wake(loop);
  show_state();
}

// Not before there is a valid config, because that may say which: the first call's does.
void ChannelCore::make_balancer(const config::ServiceConfig* config) {
  balancer_ = client::make_balancer(
      load_balancing(options_, config),
      {loop_, std::move(seams_.dialer), link_options(options_), std::move(seams_.random), stores_,
       guards_, *this, choices(options_, config), health_question(options_, config, user_agent_)});
  if (shut_down_) balancer_->shut_down();
}

void ChannelCore::submit(ClientCall& call, SteadyTime now) {
  if (waiting_.empty()) {
    if (auto* const connection = balancer_->pick(call.wish())) return open(call, *connection, now);
  }
  if (!call.wish().only.empty()) ++bound_;
  call.wait_at(waiting_.insert(waiting_.end(), call.shared_from_this()));
  on_balancer_changed();
}

void ChannelCore::withdraw(WaitingCalls::iterator place) {
  if (!(*place)->wish().only.empty()) --bound_;
  waiting_.erase(place);
}

WaitingCalls::iterator ChannelCore::pause(std::shared_ptr<ClientCall> call) {
  return pausing_.insert(pausing_.end(), std::move(call));
}

HedgedCalls::iterator ChannelCore::hold(std::shared_ptr<HedgedCall> call) {
  return hedged_.insert(hedged_.end(), std::move(call));
}

void ChannelCore::on_balancer_changed() {
  const std::shared_ptr<ChannelCore> self = shared_from_this();  // calls may end here
  look_after_waiting();
  show_state();
}

// Whoever waits for another state is told later, because that is code of users.
void ChannelCore::show_state() {
  ChannelState state = no_config_ ? ChannelState::transient_failure : ChannelState::idle;
  if (balancer_ != nullptr) state = balancer_->state();
  if (shut_down_) state = ChannelState::shutdown;
  StateBoard::Waiters waiters = board_.show(state);
  if (waiters.empty()) return;
  loop_.post([waiters = std::move(waiters), state]() mutable {
    StateBoard::tell(std::move(waiters), state);
  });
}

void ChannelCore::look_after_waiting() {
  open_waiting();
  if (balancer_->is_shut_down()) return close_waiting();
  fail_waiting();
  if (!waiting_.empty()) balancer_->wake(waiting_.front()->loop());
}

// Opening a call may run code of the user's, so that after each the queue is another one.
void ChannelCore::open_waiting() {
  while (open_one()) {
  }
}

// The oldest call that there is a connection for. A call may be bound to endpoints that are not
// ready and let later ones pass; behind one that could go anywhere nobody else can go either.
bool ChannelCore::open_one() {
  for (const std::shared_ptr<ClientCall>& waiting : waiting_) {
    const Wish wish = waiting->wish();
    if (h2::Connection* connection = balancer_->pick(wish)) {
      const std::shared_ptr<ClientCall> call = waiting;
      call->leave_queue();
      open(*call, *connection, loop_.now());
      return true;
    }
    if (wish.only.empty()) return false;
  }
  return false;
}

void ChannelCore::open(ClientCall& call, h2::Connection& connection, SteadyTime now) {
  if (guards_.active()) call.admitted(guards_.admit(connection.peer()));
  if (connection.attachment() == nullptr) stores_.meet(connection);
  call.open(connection, now);
}

// Those that there is nothing to wait for.
void ChannelCore::fail_waiting() {
  if (bound_ == 0 && balancer_->outlook({}) == Outlook::wait) return;
  std::vector<std::shared_ptr<ClientCall>> failing, stranded, barred;
  for (const std::shared_ptr<ClientCall>& call : waiting_) {
    const Outlook outlook = balancer_->outlook(call->wish());
    if (outlook == Outlook::never) stranded.push_back(call);
    if (outlook == Outlook::barred) barred.push_back(call);
    if (outlook == Outlook::failing && !call->waits_for_ready()) failing.push_back(call);
  }
  const Status why = balancer_->last_failure();
  // One that fails may lead its user to cancel another.
  for (const auto& call : failing) call->pick_failed(why);
  for (const auto& call : stranded) call->strand();
  for (const auto& call : barred) {
    if (call->waits()) call->fail(circuit_open(), "circuit breaker");
  }
}

void ChannelCore::close_waiting() {
  std::vector<std::shared_ptr<ClientCall>> calls(waiting_.begin(), waiting_.end());
  calls.insert(calls.end(), pausing_.begin(), pausing_.end());
  const auto end = [](auto& call) {
    call.fail(wire::local_status(wire::LocalCause::channel_closed), "the channel is closed");
  };
  for (const auto& call : calls) end(*call);
  for (const auto& call : HedgedCalls(hedged_)) end(*call);
}

void ChannelCore::check_idle() {
  if (options_.idle_timeout == std::chrono::nanoseconds::zero()) return;
  if (calls_ == 0 && !used_ && balancer_ != nullptr) {
    balancer_->sleep();
    show_state();
  }
  used_ = calls_ > 0;
  idle_check_.start(h2::later(loop_.now(), options_.idle_timeout), [this] { check_idle(); });
}

wire::Encoding ChannelCore::encoding(const CallSettings& call) const {
  const Compression wanted = call.compression.value_or(options_.compression);
  return wanted == Compression::gzip ? wire::Encoding::gzip : wire::Encoding::identity;
}

Status ChannelCore::frame(const CallSettings& call, Bytes& message) {
  if (message.size() < kMessagePrefix) {
    return wire::local_status(wire::LocalCause::not_serializable, "it has no room for its prefix");
  }
  const std::size_t limit = call.max_send_message.value_or(options_.max_send_message);
  Status status = wire::check_sendable(message.size() - kMessagePrefix, limit);
  if (!status.ok()) return status;
  const bool compressed = encoding(call) != wire::Encoding::identity;
  if (compressed) {
    const Bytes plain = std::exchange(message, Bytes(kMessagePrefix));
    status = gzip().compress(std::span(plain).subspan(kMessagePrefix), message);
    if (!status.ok()) return status;
  }
  wire::seal_frame(message, compressed);
  return Status();
}

void ChannelCore::orphan() {
  orphaned_ = true;
  StateBoard::tell(board_.show(ChannelState::shutdown), ChannelState::shutdown);
  if (calls_ == 0) shut_down();
}

void ChannelCore::shut_down() {
  const std::shared_ptr<ChannelCore> self = shared_from_this();
  if (watch_ != nullptr) watch_->leave_loop();
  idle_check_.stop();
  shut_down_ = true;
  if (balancer_ != nullptr) balancer_->shut_down();
  close_waiting();
  StateBoard::tell(board_.show(ChannelState::shutdown), ChannelState::shutdown);
}

wire::FieldWriter& ChannelCore::writer() {
  writer_.clear();
  return writer_;
}

h2::HeaderList& ChannelCore::header_list() {
  header_list_.clear();
  return header_list_;
}

wire::Gzip& ChannelCore::gzip() { return gzip_ ? *gzip_ : gzip_.emplace(); }

wire::Gunzip& ChannelCore::gunzip() { return gunzip_ ? *gunzip_ : gunzip_.emplace(); }

}  // namespace cpp_lite::client
