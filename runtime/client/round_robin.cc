#include "client/round_robin.h"

#include <algorithm>
#include <climits>
#include <utility>

namespace cpp_lite::client {

RoundRobin::RoundRobin(BalancerParts parts)
    : loop_(parts.loop),
      dialer_(std::move(parts.dialer)),
      options_(parts.link),
      random_(std::move(parts.random)),
      stores_(parts.stores),
      guards_(parts.guards),
      question_(std::move(parts.health)),
      owner_(parts.owner),
      backoff_(options_.backoff, random_),
      resolve_timer_(loop_) {}

// ---- Who asks for a connection.

h2::Connection* RoundRobin::pick(const Wish& wish) {
  const std::optional<std::size_t> chosen = choose(wish);
  return chosen ? endpoints_[*chosen].link->take() : nullptr;
}

std::optional<std::size_t> RoundRobin::choose(const Wish& wish) {
  const std::size_t count = endpoints_.size();
  std::size_t best = count;
  int least = INT_MAX;
  for (std::size_t i = 0; i < count && least > 0; ++i) {
    const std::size_t at = (next_ + i) % count;
    const std::optional<int> against = objections(at, wish);
    if (!against || *against >= least) continue;
    best = at;
    least = *against;
  }
  if (best == count) return std::nullopt;
  next_ = best + 1;
  return best;
}

std::optional<int> RoundRobin::objections(std::size_t at, const Wish& wish) const {
  const h2::Connection* ready = endpoints_[at].ready() ? endpoints_[at].link->next() : nullptr;
  if (ready == nullptr || !wish.allows(ready->peer(), stores_)) return {};
  if (guards_.barred(ready->peer())) return {};
  return (guards_.ejected(ready->peer()) ? 6 : 0) + 2 * wish.against(ready->peer()) +
         (ready->suspect() ? 1 : 0);
}

void RoundRobin::suspect(std::string_view peer) {
  for (const Endpoint& endpoint : endpoints_) endpoint.link->suspect(peer);
}

Outlook RoundRobin::outlook(const Wish& wish) const {
  const bool anywhere = wish.only.empty() || endpoints_.empty();
  if (anywhere && failing_) return Outlook::failing;
  if (endpoints_.empty() || (anywhere && !guards_.breaking())) return Outlook::wait;
  Outlook outlook = Outlook::never;
  for (const Endpoint& endpoint : endpoints_) {
    if (!wish.allows(endpoint.name, stores_)) continue;
    const bool barred = endpoint.ready() && guards_.barred(endpoint.name);
    if (!barred && !endpoint.failing()) return Outlook::wait;
    if (barred || outlook == Outlook::never) outlook = barred ? Outlook::barred : Outlook::failing;
  }
  return outlook;
}

ChannelState RoundRobin::state() const {
  if (step_ == Step::shut_down) return ChannelState::shutdown;
  if (step_ == Step::asleep) return ChannelState::idle;
  if (failing_) return ChannelState::transient_failure;
  return any_ready() ? ChannelState::ready : ChannelState::connecting;
}

bool RoundRobin::any_ready() const { return std::ranges::any_of(endpoints_, &Endpoint::ready); }

std::string_view RoundRobin::phase() const {
  if (endpoints_.empty()) return resolving_ ? "resolving" : failing_ ? "connecting" : "queued";
  return any_ready() || step_ != Step::awake ? "queued" : "connecting";
}

// ---- The addresses.

void RoundRobin::wake(const std::shared_ptr<Loop>& loop) {
  if (step_ == Step::awake) return grow(loop);
  if (step_ != Step::asleep) return;
  step_ = Step::awake;
  shared_loop_ = loop;
  resolve();
}

void RoundRobin::resolve() {
  // The loop is about to end when nobody holds it any more.
  const std::shared_ptr<Loop> loop = shared_loop_.lock();
  if (loop == nullptr) return shut_down();
  resolving_ = true;
  resolve_began_ = loop_.now();
  operation_ = dialer_->resolve(
      loop, [this](Status status, std::size_t ways) { resolved(std::move(status), ways); });
}

// Not sooner than a link would try again that fails since the last time, nor than is of use.
void RoundRobin::resolve_again() {
  if (resolving_ || resolve_timer_.armed()) return;
  std::chrono::nanoseconds pause = backoff_.next();
  if (found_) pause = std::max(pause, options_.min_resolve_interval);
  const SteadyTime next = std::max(loop_.now(), resolve_began_ + pause);
  resolve_timer_.start(next, [this] { resolve(); });
}

void RoundRobin::resolved(Status status, std::size_t ways) {
  resolving_ = false;
  found_ = status.ok();
  if (found_) {
    take_addresses(ways);
    connect_all();
    judge();
  } else if (endpoints_.empty()) {
    failing_ = true;
    last_failure_ = std::move(status.set_phase("resolving"));
    resolve_again();
  }
  owner_.on_balancer_changed();
}

void RoundRobin::take_addresses(std::size_t ways) {
  std::erase_if(retired_, [](const Endpoint& endpoint) { return endpoint.link->drained(); });
  std::vector<Endpoint> old = std::exchange(endpoints_, {});
  for (std::size_t way = 0; way < ways; ++way) {
    const std::string name = dialer_->endpoint(way);
    const auto named = [&name](const Endpoint& endpoint) { return endpoint.name == name; };
    if (std::ranges::any_of(endpoints_, named)) continue;
    const auto known = std::ranges::find_if(old, named);
    if (known == old.end()) {
      endpoints_.push_back(endpoint(way));
    } else {
      endpoints_.push_back(std::move(*known));
      old.erase(known);
    }
  }
  for (Endpoint& gone : old) {
    gone.health.reset();
    gone.link->retire();
    retired_.push_back(std::move(gone));
  }
  std::vector<std::string> names;
  for (const Endpoint& endpoint : endpoints_) names.push_back(endpoint.name);
  guards_.set_endpoints(names);
}

RoundRobin::Endpoint RoundRobin::endpoint(std::size_t way) {
  Link::Owner& owner = *this;
  HealthWatch::Owner& health_owner = *this;
  auto link = std::make_unique<Link>(loop_, dialer_->sole(way), options_, random_, owner);
  auto health = question_ == nullptr
                    ? nullptr
                    : std::make_unique<HealthWatch>(loop_, question_, options_.backoff, random_,
                                                    health_owner);
  return {dialer_->endpoint(way), std::move(link), std::move(health)};
}

// ---- The links.

void RoundRobin::connect_all() {
  const std::shared_ptr<Loop> loop = shared_loop_.lock();
  if (loop == nullptr) return shut_down();
  for (const Endpoint& endpoint : endpoints_) endpoint.link->wake(loop);
}

// Calls wait for room: one endpoint at a time makes one more connection.
void RoundRobin::grow(const std::shared_ptr<Loop>& loop) {
  const auto growing = [](const Endpoint& endpoint) { return endpoint.link->growing(); };
  if (options_.max_connections < 2 || std::ranges::any_of(endpoints_, growing)) return;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    Link& link = *endpoints_[(next_ + i) % endpoints_.size()].link;
    if (link.ready() == nullptr) continue;
    link.wake(loop);
    if (link.growing()) return;
  }
}

void RoundRobin::on_link_changed(Link& link) {
  if (step_ != Step::awake) return;
  if (link.ready() != nullptr) {
    backoff_.reset();
  } else if (link.idle() || link.failing()) {
    resolve_again();
    connect_all();
  }
  ask_for_health(link);
  judge();
  if (link.failing()) last_failure_ = link.last_failure();
  owner_.on_balancer_changed();
}

void RoundRobin::ask_for_health(const Link& link) {
  if (question_ == nullptr) return;
  const auto at = std::ranges::find_if(
      endpoints_, [&link](const Endpoint& endpoint) { return endpoint.link.get() == &link; });
  if (at != endpoints_.end()) at->health->ask(link.first());
}

void RoundRobin::on_health_changed(HealthWatch& watch) {
  if (step_ != Step::awake) return;
  judge();
  if (watch.unhealthy()) last_failure_ = watch.reason();
  owner_.on_balancer_changed();
}

void RoundRobin::judge() {
  bool all_failing = !endpoints_.empty();
  for (const Endpoint& endpoint : endpoints_) {
    if (endpoint.ready()) failing_ = false;
    all_failing = all_failing && endpoint.failing();
  }
  failing_ = failing_ || all_failing;
}

void RoundRobin::sleep() {
  if (step_ != Step::awake) return;
  step_ = Step::asleep;
  close_all(&Link::sleep);
}

void RoundRobin::shut_down() {
  step_ = Step::shut_down;
  close_all(&Link::shut_down);
}

void RoundRobin::close_all(void (Link::*how)()) {
  failing_ = false;
  resolving_ = false;
  operation_.reset();
  resolve_timer_.stop();
  for (const Endpoint& endpoint : endpoints_) {
    if (endpoint.health != nullptr) endpoint.health->ask(nullptr);
  }
  for (const Endpoint& endpoint : endpoints_) (endpoint.link.get()->*how)();
  for (const Endpoint& endpoint : retired_) endpoint.link->shut_down();
}

}  // namespace cpp_lite::client
