#include "client/link.h"

#include <algorithm>
#include <utility>

#include "wire/causes.h"

namespace cpp_lite::client {
namespace {

// A peer that closes every connection as soon as it is ready is not to be called in a tight loop.
constexpr std::chrono::seconds kAtOnce{1};
// However often a peer complains of PINGs.
constexpr std::chrono::hours kSeldomEnough{24};
// Connections beside the first one that nobody needs stay for so long, or up to twice as long.
constexpr std::chrono::minutes kSpare{1};

}  // namespace

Link::Link(Loop& loop, std::unique_ptr<Dialer> dialer, const LinkOptions& options, Random random,
           Owner& owner)
    : loop_(loop),
      dialer_(std::move(dialer)),
      options_(options),
      owner_(owner),
      backoff_(options.backoff, random),
      pause_(loop),
      head_start_(loop),
      growth_(options.backoff, std::move(random)),
      growth_pause_(loop),
      shrink_(loop) {}

void Link::wake(const std::shared_ptr<Loop>& loop) {
  if (step_ == Step::ready) return grow();
  if (step_ != Step::idle) return;
  shared_loop_ = loop;
  begin_round();
}

// The first one with room, so that the others become idle; one that is in doubt only if need be.
const Link::Ready* Link::best() const {
  const Ready* doubtful = nullptr;
  for (const Ready& one : ready_) {
    if (!one.connection->can_open()) continue;
    if (!one.connection->suspect()) return &one;
    if (doubtful == nullptr) doubtful = &one;
  }
  return doubtful;
}

const h2::Connection* Link::next() const {
  const Ready* one = best();
  return one == nullptr ? nullptr : one->connection.get();
}

h2::Connection* Link::take() {
  const Ready* one = best();
  if (one == nullptr) return nullptr;
  Ready& taken = ready_[static_cast<std::size_t>(one - ready_.data())];
  taken.used = taken.lately = true;
  return taken.connection.get();
}

std::size_t Link::streams() const {
  std::size_t sum = 0;
  for (const Ready& one : ready_) sum += one.connection->streams();
  return sum;
}

ChannelState Link::state() const {
  if (failing_) return ChannelState::transient_failure;
  switch (step_) {
    case Step::idle:
      return ChannelState::idle;
    case Step::resolving:
    case Step::connecting:
    case Step::pausing:
      return ChannelState::connecting;
    case Step::ready:
      return ChannelState::ready;
    case Step::shut_down:
      break;
  }
  return ChannelState::shutdown;
}

std::string_view Link::phase() const {
  switch (step_) {
    case Step::resolving:
      return "resolving";
    case Step::connecting:
    case Step::pausing:
      return "connecting";
    case Step::idle:
    case Step::ready:
    case Step::shut_down:
      break;
  }
  return "queued";
}

// ---- Connecting.

void Link::begin_round() {
  // The loop is about to end when nobody holds it any more.
  const std::shared_ptr<Loop> loop = shared_loop_.lock();
  if (loop == nullptr) return shut_down();
  step_ = Step::resolving;
  round_began_ = loop_.now();
  resolving_ = dialer_->resolve(
      loop, [this](Status status, std::size_t ways) { resolved(std::move(status), ways); });
}

void Link::resolved(Status status, std::size_t ways) {
  resolving_.reset();
  if (!status.ok()) return round_failed(std::move(status.set_phase("resolving")));
  ways_ = ways;
  way_ = 0;
  step_ = Step::connecting;
  dial_next();
}

// gRFC A61 (docs/rules.md R55): those that were tried before go on.
void Link::dial_next() {
  approach(way_++);
  if (step_ != Step::connecting) return;
  head_start_.stop();
  if (way_ == ways_) return;
  head_start_.start(loop_.now() + options_.attempt_delay, [this] { dial_next(); });
}

void Link::approach(std::size_t way) {
  const std::shared_ptr<Loop> loop = shared_loop_.lock();
  if (loop == nullptr) return shut_down();
  const auto at = approaches_.insert(approaches_.end(), Approach{});
  at->way = way;
  at->give_up_at = Deadline(options_.connect_timeout).resolve(loop_.now());
  at->dialing = dialer_->dial(loop, way, at->give_up_at,
                              [this, at](Status status, std::unique_ptr<h2::Transport> transport) {
                                dialed(at, std::move(status), std::move(transport));
                              });
}

void Link::dialed(Approaches::iterator at, Status status,
                  std::unique_ptr<h2::Transport> transport) {
  if (transport == nullptr) return approach_failed(at, std::move(status));
  h2::ConnectionOptions options = options_.connection;
  options.handshake_timeout = std::max<std::chrono::nanoseconds>(at->give_up_at - loop_.now(),
                                                                 std::chrono::milliseconds(1));
  // Not an owner of the loop: the connection lives on it and is closed before it ends.
  const std::shared_ptr<Loop> borrowed(std::shared_ptr<Loop>(), &loop_);
  h2::Connection::Owner& owner = *this;
  at->connection = std::make_shared<h2::Connection>(h2::Connection::Side::client, borrowed,
                                                    std::move(transport), owner, options);
  const std::shared_ptr<h2::Connection> connection = at->connection;
  connection->start();
}

void Link::approach_failed(Approaches::iterator at, Status status) {
  const Approach ended = std::move(*at);
  approaches_.erase(at);
  if (step_ == Step::ready) {  // there was to be one more, which can wait
    growth_pause_.start(loop_.now() + growth_.next(), [this] { owner_.on_link_changed(*this); });
    return;
  }
  if (way_ < ways_) return dial_next();
  if (approaches_.empty()) round_failed(std::move(status.set_phase("connecting")));
}

Link::Approaches::iterator Link::approach_of(const h2::Connection& connection) {
  return std::ranges::find_if(
      approaches_, [&](const Approach& one) { return one.connection.get() == &connection; });
}

void Link::drop_approaches() {
  head_start_.stop();
  const Approaches dropped = std::exchange(approaches_, {});
  for (const Approach& one : dropped) {
    if (one.connection != nullptr) one.connection->close("another address was ready first");
  }
}

void Link::round_failed(Status status) {
  failing_ = true;
  last_failure_ = std::move(status);
  step_ = Step::pausing;
  // Counted from the beginning of the round (grpc/grpc, doc/connection-backoff.md).
  const SteadyTime next = std::max(loop_.now(), round_began_ + backoff_.next());
  pause_.start(next, [this] { begin_round(); });
  owner_.on_link_changed(*this);
}

// ---- What connections say.

void Link::on_ready(h2::Connection& connection) {
  const auto at = approach_of(connection);
  if (at == approaches_.end()) return;
  ready_.push_back({std::move(at->connection), loop_.now()});
  const std::size_t way = at->way;
  approaches_.erase(at);
  if (step_ == Step::connecting) {
    drop_approaches();
    step_ = Step::ready;
    failing_ = false;
    ready_way_ = way;
  } else if (!shrink_.armed()) {
    shrink_.start(loop_.now() + kSpare, [this] { shrink(); });
  }
  growth_.reset();
  owner_.on_link_changed(*this);
}

void Link::on_draining(h2::Connection& connection) {
  if (connection.too_many_pings()) ask_half_as_often();
  const std::string words = "the peer takes no more calls: " + connection.peer();
  if (const auto at = approach_of(connection); at != approaches_.end()) {
    draining_.push_back(std::move(at->connection));
    approach_failed(at, wire::local_status(wire::LocalCause::connecting_failed,
                                           "the peer takes no calls: " + connection.peer()));
    return;
  }
  draining_.push_back(connection.shared_from_this());
  if (!give_up(connection, words)) draining_.pop_back();
}

// gRFC A8 (docs/rules.md R56): from the next connection on.
void Link::ask_half_as_often() {
  h2::ConnectionOptions& options = options_.connection;
  for (std::chrono::nanoseconds* interval : {&options.keepalive, &options.suspicion_interval}) {
    *interval = std::min<std::chrono::nanoseconds>(2 * *interval, kSeldomEnough);
  }
}

void Link::on_capacity(h2::Connection& connection) {
  const auto is_it = [&](const Ready& one) { return one.connection.get() == &connection; };
  if (std::ranges::any_of(ready_, is_it)) owner_.on_link_changed(*this);
}

void Link::on_closed(h2::Connection& connection, const std::string& reason) {
  const std::string words = reason + ": " + connection.peer();
  if (const auto at = approach_of(connection); at != approaches_.end()) {
    approach_failed(at, wire::local_status(wire::LocalCause::connecting_failed, words));
  } else if (!give_up(connection, words)) {
    std::erase_if(draining_, [&](const auto& other) { return other.get() == &connection; });
  }
}

// It takes no more calls. False: it did not before.
bool Link::give_up(const h2::Connection& connection, const std::string& reason) {
  const auto at = std::ranges::find_if(
      ready_, [&](const Ready& one) { return one.connection.get() == &connection; });
  if (at == ready_.end()) return false;
  const Ready ended = std::move(*at);
  ready_.erase(at);
  if (ready_.empty()) {
    lost(ended, reason);
  } else {
    owner_.on_link_changed(*this);
  }
  return true;
}

void Link::lost(const Ready& last, const std::string& reason) {
  step_ = Step::idle;
  drop_approaches();
  growth_pause_.stop();
  shrink_.stop();
  if (!last.used && loop_.now() - last.since < kAtOnce) {
    return round_failed(wire::local_status(wire::LocalCause::connection_lost, reason));
  }
  backoff_.reset();
  owner_.on_link_changed(*this);
}

// ---- More than one connection (gRFC A105).

void Link::grow() {
  const bool enough = ready_.size() >= options_.max_connections;
  if (enough || best() != nullptr || !approaches_.empty() || growth_pause_.armed()) return;
  approach(ready_way_);
}

void Link::shrink() {
  std::vector<std::shared_ptr<h2::Connection>> spare;
  for (std::size_t i = ready_.size(); i-- > 1;) {
    const bool busy = ready_[i].connection->streams() > 0;
    if (busy || ready_[i].lately) {
      ready_[i].lately = busy;
    } else {
      spare.push_back(std::move(ready_[i].connection));
      ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  if (ready_.size() > 1) shrink_.start(loop_.now() + kSpare, [this] { shrink(); });
  for (const auto& connection : spare) {
    draining_.push_back(connection);
    connection->drain();
  }
}

// ---- What the balancer says.

void Link::sleep() {
  if (step_ != Step::shut_down) close_all(Step::idle, "the channel is idle");
}

void Link::suspect(std::string_view peer) {
  for (const Ready& one : ready_) {
    if (one.connection->peer() == peer) one.connection->raise_suspicion();
  }
}

void Link::retire() {
  step_ = Step::shut_down;
  failing_ = false;
  pause_.stop();
  growth_pause_.stop();
  shrink_.stop();
  resolving_.reset();
  drop_approaches();
  for (Ready& one : std::exchange(ready_, {})) {
    draining_.push_back(one.connection);
    one.connection->drain();
  }
}

void Link::shut_down() { close_all(Step::shut_down, "the channel was closed"); }

void Link::close_all(Step next, const std::string& reason) {
  step_ = next;
  failing_ = false;
  pause_.stop();
  growth_pause_.stop();
  shrink_.stop();
  resolving_.reset();
  drop_approaches();
  std::vector<std::shared_ptr<h2::Connection>> all = draining_;
  for (Ready& one : std::exchange(ready_, {})) all.push_back(std::move(one.connection));
  for (const auto& connection : all) connection->close(reason);
}

}  // namespace cpp_lite::client
