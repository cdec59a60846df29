#include "server/shard.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <utility>

#include "server/call.h"
#include "server/peer.h"
#include "wire/headers.h"
#include "wire/retry_hints.h"
#include "wire/trailers.h"

namespace cpp_lite::server {

namespace {

// As they are written for a call without anything of its own; for ever.
h2::HeaderList lasting(const wire::FieldWriter& fields) {
  h2::HeaderList list;
  fields.append_to(list);
  for (h2::HeaderField& field : list) field.lasting = true;
  return list;
}

// Both writers borrow constants alone here.
h2::HeaderList make_usual_headers() {
  wire::FieldWriter fields;
  wire::write_response(fields, {});
  return lasting(fields);
}

h2::HeaderList make_usual_trailers() {
  wire::FieldWriter fields;
  wire::write_trailers(fields, Status());
  return lasting(fields);
}

}  // namespace

Shard::Shard(std::shared_ptr<Loop> loop, const Config& config)
    : loop_(std::move(loop)),
      config_(config),
      drain_end_(*loop_),
      relief_(*loop_),
      trim_(*loop_),
      usual_headers_(make_usual_headers()),
      usual_trailers_(make_usual_trailers()) {}

Shard::~Shard() = default;

void Shard::accept(std::unique_ptr<h2::Transport> transport) {
  if (draining_) return;  // closes it
  if (config_.connections.fetch_add(1) >= config_.options.max_connections) {
    config_.connections.fetch_sub(1);
    log(LogLevel::info, "max_connections are open; turned away " + transport->peer());
    return;
  }
  counters.accepted.fetch_add(1, std::memory_order_relaxed);
  auto peer = std::make_shared<Peer>(*this, std::move(transport));
  peers_.emplace(peer.get(), peer);
  counters.open.store(peers_.size(), std::memory_order_relaxed);
  peer->greet_at(greeting_.insert(greeting_.end(), peer.get()));
  peer->start();
  give_up_oldest_handshake();
}

// Whoever says nothing makes room for those who come now, instead of keeping them out.
void Shard::give_up_oldest_handshake() {
  const auto loops = static_cast<std::size_t>(std::max(1, config_.options.loops));
  if (greeting_.size() <= std::max<std::size_t>(1, config_.options.max_handshakes / loops)) return;
  counters.given_up.fetch_add(1, std::memory_order_relaxed);
  greeting_.front()->connection().close("gave its place to a newer one before its handshake ended");
}

void Shard::drain(SteadyTime end, std::function<void()> done) {
  if (!draining_) {
    draining_ = true;
    done_ = std::move(done);
    const auto peers = peers_;  // draining may end some at once
    for (const auto& [key, peer] : peers) peer->connection().drain();
  }
  if (!drain_end_.armed() || end < drain_end_.when()) {
    drain_end_.start(end, [this] { end_calls(); });
  }
  check_done();
}

void Shard::end_calls() {
  if (config_.keyed != nullptr) config_.keyed->give_up();
  for_each_call([](ServerCall& call) { call.shut_down(); });
  const auto peers = peers_;
  for (const auto& [key, peer] : peers) peer->connection().close("the server is shutting down");
}

// What is done to one may end others.
void Shard::for_each_call(const std::function<void(ServerCall&)>& use) {
  std::vector<std::weak_ptr<ServerCall>> calls;
  for (CallLink* at = calls_.after; at != &calls_; at = at->after) {
    calls.push_back(static_cast<ServerCall*>(at)->weak_from_this());
  }
  for (const auto& weak : calls) {
    if (const auto call = weak.lock(); call != nullptr && call->after != nullptr) use(*call);
  }
}

void Shard::check_done() {
  if (!draining_ || !peers_.empty() || running_ > 0) return;
  drain_end_.stop();
  relief_.stop();
  trim_.stop();
  if (done_) std::exchange(done_, nullptr)();
}

void Shard::call_started(ServerCall& call) {
  call.before = calls_.before;
  call.after = &calls_;
  call.before->after = call.after->before = &call;
  counters.started.fetch_add(1, std::memory_order_relaxed);
  counters.running.store(++running_, std::memory_order_relaxed);
}

void Shard::announce_soon() {
  if (std::exchange(announcing_, true)) return;
  loop_->post([this] {
    announcing_ = false;
    config_.pool->announce();
  });
}

void Shard::call_refused() {
  counters.started.fetch_add(1, std::memory_order_relaxed);
  counters.failed.fetch_add(1, std::memory_order_relaxed);
}

void Shard::log(LogLevel level, std::string_view line) const {
  if (config_.options.log) config_.options.log(level, line);
}

void Shard::call_ended(ServerCall& call, bool ok) {
  call.before->after = call.after;
  call.after->before = call.before;
  call.before = call.after = nullptr;
  (ok ? counters.ok : counters.failed).fetch_add(1, std::memory_order_relaxed);
  counters.running.store(--running_, std::memory_order_relaxed);
  check_done();
}

void Shard::peer_closed(Peer& peer) {
  // Not inside the connection's own event.
  auto node = peers_.extract(&peer);
  if (!node.empty()) config_.connections.fetch_sub(1);
  counters.open.store(peers_.size(), std::memory_order_relaxed);
  if (node.empty()) return check_done();
  if (departures_.left(peers_.size(), held_)) trim_soon();
  loop_->post([kept = std::move(node.mapped())]() mutable { kept.reset(); });
  check_done();
}

// Once for all that leave within a moment.
void Shard::trim_soon() {
  constexpr std::chrono::milliseconds kMoment{100};
  if (!trim_.armed()) trim_.start(loop_->now() + kMoment, [] { detail::trim_memory(); });
}

void Shard::name_store(wire::FieldWriter& fields) const {
  if (config_.keyed != nullptr) fields.add(wire::kStoreName, config_.keyed->store_id());
}

const h2::HeaderList& Shard::header_list(const wire::FieldWriter& fields) {
  list_.clear();
  fields.append_to(list_);
  return list_;
}

}  // namespace cpp_lite::server
