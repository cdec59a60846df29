#include "server/peer.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "h2/keepalive.h"
#include "server/call.h"
#include "server/shard.h"
#include "wire/headers.h"

namespace cpp_lite::server {
namespace {

using std::chrono::nanoseconds;

// Connections that were made together are not to be made again together (gRFC A9): 10 % less or
// more. `random` is within [0, 1).
nanoseconds spread(nanoseconds age, double random) {
  age = std::min<nanoseconds>(age, std::chrono::hours(24 * 365 * 100));
  return age - age / 10 +
         nanoseconds(static_cast<std::int64_t>(random * 0.2 * static_cast<double>(age.count())));
}

h2::ConnectionOptions connection_options(const ServerOptions& server) {
  h2::ConnectionOptions options;
  options.max_concurrent_streams = server.max_concurrent_streams;
  options.stream_window = server.stream_window;
  options.connection_window = server.connection_window;
  options.max_header_list = server.max_header_list;
  options.send_buffer = server.send_buffer;
  options.handshake_timeout = server.handshake_timeout;
  options.keepalive = server.keepalive;
  options.keepalive_timeout = server.keepalive_timeout;
  options.keepalive_without_calls = true;
  options.abuse = server.abuse;
  options.http1_answer = wire::kNotHttp2Answer;
  options.max_header_fields = server.abuse.header_fields;
  options.min_ping_interval = server.min_ping_interval;
  options.min_ping_interval_without_calls = server.min_ping_interval_without_calls;
  return options;
}

}  // namespace

Peer::Peer(Shard& shard, std::unique_ptr<h2::Transport> transport)
    : shard_(shard),
      connection_(std::make_shared<h2::Connection>(
          h2::Connection::Side::server, shard.loop(), std::move(transport),
          static_cast<h2::Connection::Owner&>(*this), connection_options(shard.config().options))),
      age_(*shard.loop()),
      idle_(*shard.loop()) {}

void Peer::start() {
  const Config& config = shard_.config();
  connection_->start();
  if (const nanoseconds age = config.options.max_connection_age; age.count() > 0) {
    age_.start(from_now(spread(age, config.random())), [this] { retire(); });
  }
  if (config.options.max_connection_idle.count() > 0) watch_idle();
}

SteadyTime Peer::from_now(nanoseconds by) const { return h2::later(shard_.loop()->now(), by); }

// Its calls go on, and so do those that the client sends before it has heard of this.
void Peer::retire() {
  idle_.stop();
  connection_->drain();
  const nanoseconds grace = shard_.config().options.max_connection_age_grace;
  if (connection_->closed() || grace.count() <= 0) return;
  age_.start(from_now(grace), [this] { connection_->close("max_connection_age_grace is over"); });
}

void Peer::watch_idle() {
  idle_.start(from_now(shard_.config().options.max_connection_idle), [this] { check_idle(); });
}

void Peer::check_idle() {
  const bool busy = connection_->streams() > 0;
  if (!busy && !used_) return retire();
  used_ = busy;
  watch_idle();
}

const std::shared_ptr<const PeerFacts>& Peer::facts() {
  if (facts_ == nullptr) {  // its certificate is known by now
    facts_ =
        std::make_shared<PeerFacts>(PeerFacts{connection_->peer(), connection_->certificate()});
  }
  return facts_;
}

std::shared_ptr<h2::StreamOwner> Peer::on_stream(h2::Connection& connection, std::int32_t id) {
  used_ = true;
  auto call =
      std::allocate_shared<ServerCall>(detail::BlockAllocator<ServerCall>(), shard_, *this, id);
  const std::size_t handlers = connection.streams() + facts_->abandoned;
  if (handlers > shard_.config().options.max_concurrent_streams) call->crowd_out();
  return call;
}

void Peer::settle() {
  const std::size_t now = received_ + connection_->unsent();
  if (now != held_) shard_.hold(std::exchange(held_, now), now);
}

void Peer::on_settled(h2::Connection&) { settle(); }

void Peer::on_ready(h2::Connection&) {
  if (greeting_) shard_.greeted(*std::exchange(greeting_, std::nullopt));
}

void Peer::on_refused(h2::Connection&) {
  shard_.counters.refused_by_drain.fetch_add(1, std::memory_order_relaxed);
}

void Peer::count_end(const h2::Connection& connection, const std::string& reason) {
  const auto count = [](std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
  };
  Counters& counters = shard_.counters;
  if (connection.attack() != h2::Attack::none) {
    count(counters.attacks[static_cast<std::size_t>(connection.attack())]);
  } else if (reason == h2::Connection::kTooManyPings) {
    count(counters.too_many_pings);
  } else if (reason.ends_with(h2::Connection::kHandshakeTimedOut)) {
    count(counters.handshakes_timed_out);
  }
}

void Peer::on_closed(h2::Connection& connection, const std::string& reason) {
  age_.stop();
  idle_.stop();
  if (greeting_) shard_.greeted(*std::exchange(greeting_, std::nullopt));
  count_end(connection, reason);
  shard_.hold(std::exchange(held_, 0), 0);
  shard_.log(LogLevel::info, "the connection of " + connection.peer() + " ended: " + reason);
  shard_.peer_closed(*this);
}

}  // namespace cpp_lite::server
