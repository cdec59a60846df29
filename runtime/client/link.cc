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

}  // namespace

Link::Link(Loop& loop, std::unique_ptr<Dialer> dialer, const LinkOptions& options, Random random,
           Owner& owner)
    : loop_(loop),
      dialer_(std::move(dialer)),
      options_(options),
      owner_(owner),
      backoff_(options.backoff, std::move(random)),
      pause_(loop) {}

void Link::wake(const std::shared_ptr<Loop>& loop) {
  if (step_ != Step::idle) return;
  shared_loop_ = loop;
  begin_round();
}

h2::Connection* Link::take() {
  if (step_ != Step::ready || !current_->can_open()) return nullptr;
  used_ = true;
  return current_.get();
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

void Link::begin_round() {
  // The loop is about to end when nobody holds it any more.
  const std::shared_ptr<Loop> loop = shared_loop_.lock();
  if (loop == nullptr) return shut_down();
  step_ = Step::resolving;
  round_began_ = loop_.now();
  operation_ = dialer_->resolve(
      loop, [this](Status status, std::size_t ways) { resolved(std::move(status), ways); });
}

void Link::resolved(Status status, std::size_t ways) {
  if (!status.ok()) return round_failed(std::move(status.set_phase("resolving")));
  ways_ = ways;
  way_ = 0;
  dial();
}

void Link::dial() {
  const std::shared_ptr<Loop> loop = shared_loop_.lock();
  if (loop == nullptr) return shut_down();
  step_ = Step::connecting;
  give_up_at_ = Deadline(options_.connect_timeout).resolve(loop_.now());
  operation_ = dialer_->dial(loop, way_, give_up_at_,
                             [this](Status status, std::unique_ptr<h2::Transport> transport) {
                               dialed(std::move(status), std::move(transport));
                             });
}

void Link::dialed(Status status, std::unique_ptr<h2::Transport> transport) {
  if (transport == nullptr) return way_failed(std::move(status));
  h2::ConnectionOptions options = options_.connection;
  options.handshake_timeout =
      std::max<std::chrono::nanoseconds>(give_up_at_ - loop_.now(), std::chrono::milliseconds(1));
  used_ = false;
  // Not an owner of the loop: the connection lives on it and is closed before it ends.
  const std::shared_ptr<Loop> borrowed(std::shared_ptr<Loop>(), &loop_);
  h2::Connection::Owner& owner = *this;
  current_ = std::make_shared<h2::Connection>(h2::Connection::Side::client, borrowed,
                                              std::move(transport), owner, options);
  const std::shared_ptr<h2::Connection> connection = current_;
  connection->start();
}

void Link::way_failed(Status status) {
  status.set_phase("connecting");
  if (++way_ < ways_) return dial();
  round_failed(std::move(status));
}

void Link::round_failed(Status status) {
  operation_.reset();
  failing_ = true;
  last_failure_ = std::move(status);
  step_ = Step::pausing;
  // Counted from the beginning of the round (grpc/grpc, doc/connection-backoff.md).
  const SteadyTime next = std::max(loop_.now(), round_began_ + backoff_.next());
  pause_.start(next, [this] { begin_round(); });
  owner_.on_link_changed(*this);
}

void Link::on_ready(h2::Connection& connection) {
  if (&connection != current_.get() || step_ != Step::connecting) return;
  operation_.reset();
  step_ = Step::ready;
  failing_ = false;
  ready_since_ = loop_.now();
  owner_.on_link_changed(*this);
}

void Link::on_draining(h2::Connection& connection) {
  if (&connection != current_.get()) return;
  if (connection.too_many_pings()) ask_half_as_often();
  draining_.push_back(std::move(current_));
  if (step_ == Step::connecting) {
    way_failed(wire::local_status(wire::LocalCause::connecting_failed,
                                  "the peer takes no calls: " + connection.peer()));
  } else {
    lost("the peer takes no more calls: " + connection.peer());
  }
}

// gRFC A8 (calls.md R56): from the next connection on.
void Link::ask_half_as_often() {
  h2::ConnectionOptions& options = options_.connection;
  for (std::chrono::nanoseconds* interval : {&options.keepalive, &options.suspicion_interval}) {
    *interval = std::min<std::chrono::nanoseconds>(2 * *interval, kSeldomEnough);
  }
}

void Link::on_capacity(h2::Connection& connection) {
  if (&connection == current_.get()) owner_.on_link_changed(*this);
}

void Link::on_closed(h2::Connection& connection, const std::string& reason) {
  if (&connection != current_.get()) {
    std::erase_if(draining_, [&](const auto& other) { return other.get() == &connection; });
    return;
  }
  const std::shared_ptr<h2::Connection> ended = std::move(current_);
  const std::string words = reason + ": " + connection.peer();
  if (step_ == Step::connecting) {
    way_failed(wire::local_status(wire::LocalCause::connecting_failed, words));
  } else if (step_ == Step::ready) {
    lost(words);
  }
}

void Link::lost(const std::string& reason) {
  if (!used_ && loop_.now() - ready_since_ < kAtOnce) {
    return round_failed(wire::local_status(wire::LocalCause::connection_lost, reason));
  }
  backoff_.reset();
  step_ = Step::idle;
  owner_.on_link_changed(*this);
}

void Link::sleep() {
  if (step_ != Step::shut_down) close_all(Step::idle, "the channel is idle");
}

void Link::suspect(std::string_view peer) {
  if (step_ == Step::ready && current_->peer() == peer) current_->raise_suspicion();
}

void Link::retire() {
  step_ = Step::shut_down;
  failing_ = false;
  pause_.stop();
  operation_.reset();
  if (current_ == nullptr) return;
  draining_.push_back(std::move(current_));
  draining_.back()->drain();
}

void Link::shut_down() { close_all(Step::shut_down, "the channel was closed"); }

void Link::close_all(Step next, const std::string& reason) {
  step_ = next;
  failing_ = false;
  pause_.stop();
  operation_.reset();
  std::vector<std::shared_ptr<h2::Connection>> all = draining_;
  if (current_ != nullptr) all.push_back(std::move(current_));
  for (const auto& connection : all) connection->close(reason);
}

}  // namespace cpp_lite::client
