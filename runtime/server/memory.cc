// Shard, when the server is short of memory: who has to let go of some.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "h2/keepalive.h"
#include "server/call.h"
#include "server/peer.h"
#include "server/shard.h"

namespace cpp_lite::server {
namespace {

constexpr std::chrono::milliseconds kLookAgain{100};
constexpr std::size_t kWorthEnding = 4 << 10;
constexpr std::size_t kGrain = 64 << 10;

}  // namespace

// Whether that is more than a loop's fair share of the budget, or such a part of it (4: a quarter).
// Whoever holds no more than the whole need not end anything: another loop does. Asked for each
// call, so it does not divide.
bool Shard::is_share(std::size_t bytes, std::size_t part) const {
  const auto loops = static_cast<std::size_t>(std::max(1, config_.options.loops));
  return bytes * part * loops > config_.options.memory_budget;
}

void Shard::hold(std::size_t before, std::size_t now) {
  held_ += now - before;
  departures_.hold(held_);
  tell();
  if (now <= before) return;
  if (short_of_memory() && is_share(held_, 1)) {
    relieve();  // before anybody else is refused for it
  } else if (is_share(held_, 2)) {
    watch_memory();
  }
}

// The other loops know it to a grain, so that not every call writes what all of them read.
void Shard::tell() {
  const std::size_t apart = std::max(held_, told_) - std::min(held_, told_);
  const bool little = apart < kGrain && !is_share(apart, 16);
  if (apart == 0 || (little && held_ != 0)) return;
  config_.memory.fetch_add(held_ - told_, std::memory_order_relaxed);
  told_ = held_;
}

// Soon where memory is short, and from time to time where it may be for the sake of another loop.
void Shard::watch_memory() {
  const SteadyTime now = loop_->now();
  const SteadyTime when = short_of_memory() && is_share(held_, 1) ? now : now + kLookAgain;
  if (!relief_.armed() || relief_.when() > when) relief_.start(when, [this] { relieve(); });
}

void Shard::relieve() {
  const std::size_t budget = config_.options.memory_budget;
  if (short_of_memory() && is_share(held_, 1)) end_largest(budget - budget / 8);
  if (!short_of_memory() && std::exchange(withheld_, false)) {
    for_each_call([](ServerCall& call) { call.open_window(); });
  }
  if (!withheld_ && !is_share(held_, 2)) return;
  relief_.start(loop_->now() + kLookAgain, [this] { relieve(); });
}

// Calls first, ended ones with answers that are not read among them; what is left is in writes that
// their clients do not take.
void Shard::end_largest(std::size_t until) {
  const auto enough = [&] { return config_.memory.load(std::memory_order_relaxed) <= until; };
  std::vector<std::pair<std::size_t, std::shared_ptr<Peer>>> peers;
  std::vector<std::pair<std::size_t, std::shared_ptr<ServerCall>>> calls;
  for (const auto& [key, peer] : peers_) {
    if (peer->held() < kWorthEnding) continue;
    peers.emplace_back(peer->held(), peer);
    for (const auto& owner : peer->connection().owners()) {
      auto call = std::static_pointer_cast<ServerCall>(owner);
      if (call->memory() >= kWorthEnding) calls.emplace_back(call->memory(), std::move(call));
    }
  }
  std::ranges::sort(calls, std::greater<>());
  for (const auto& [size, call] : calls) {
    if (enough()) return;
    if (call->memory() >= kWorthEnding) call->end_for_memory();
  }
  std::ranges::sort(peers, std::greater<>());
  for (const auto& [size, peer] : peers) {
    if (enough()) return;
    counters.ended_for_memory.fetch_add(1, std::memory_order_relaxed);
    peer->connection().close("the server is short of memory", 0xb);  // ENHANCE_YOUR_CALM
  }
}

}  // namespace cpp_lite::server
