// Random scripts of one or two endpoints that fail in every way, with retries or hedging: what
// docs/rules.md says of every call. A failure names its seed; CPP_LITE_SEED=n runs that one alone.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/channel.h"
#include "client/dialer.h"
#include "invariants.h"
#include "scripted_peer.h"
#include "scripts.h"
#include "stage.h"
#include "support/sanitized.h"

namespace cpp_lite::retries {
namespace {

constexpr std::uint64_t kWideScripts = support::kSanitized ? 400 : 4'000;

using Peers = std::vector<std::unique_ptr<ScriptedPeer>>;

std::string name_of(std::size_t endpoint) { return "inproc:" + std::to_string(endpoint); }

// Finds all peers, and connects to each, soon.
class PeerDialer final : public client::Dialer {
 public:
  PeerDialer(Peers& peers, std::size_t first, std::size_t count)
      : peers_(peers), first_(first), count_(count) {}

  std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                         Resolved callback) override {
    return later(*loop, [n = count_, callback = std::move(callback)] { callback(Status(), n); });
  }
  std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop, std::size_t way,
                                      SteadyTime, Dialed callback) override {
    return later(*loop, [&peer = *peers_.at(first_ + way), callback = std::move(callback)] {
      std::unique_ptr<h2::Transport> line = peer.connect();
      const bool failed = line == nullptr;
      callback(failed ? Status(Code::unavailable, "connection refused") : Status(),
               std::move(line));
    });
  }
  std::string endpoint(std::size_t way) const override { return name_of(first_ + way); }
  std::unique_ptr<Dialer> sole(std::size_t way) const override {
    return std::make_unique<PeerDialer>(peers_, first_ + way, 1);
  }

 private:
  struct Posted final : io::Operation {
    explicit Posted(std::function<void()> what)
        : task(std::make_shared<std::function<void()>>(std::move(what))) {}
    std::shared_ptr<std::function<void()>> task;
  };
  static std::unique_ptr<io::Operation> later(Loop& loop, std::function<void()> what) {
    auto posted = std::make_unique<Posted>(std::move(what));
    loop.post([weak = std::weak_ptr(posted->task)] {
      if (const auto alive = weak.lock()) (*alive)();
    });
    return posted;
  }

  Peers& peers_;
  const std::size_t first_, count_;
};

class WidePlay : public Stage {
 public:
  explicit WidePlay(std::uint64_t seed) : dice_(seed), script_(make_wide_script(dice_)) {
    const ChannelRules& rules = script_.base.rules;
    const auto endpoints = static_cast<std::size_t>(script_.endpoints);
    for (std::size_t i = 0; i < endpoints; ++i) {
      const std::string store = script_.one_store ? "s" : "s" + std::to_string(i);
      peers_.push_back(std::make_unique<ScriptedPeer>(
          loop_, [this, &rules](const Seen&) { return make_reply(dice_, rules.trust_refused); },
          name_of(i), store));
      peers_.back()->believable = rules.trust_refused;
    }
    peers_.front()->failing_dials = script_.base.failing_dials;
    channel_ =
        client::connect_through({.dialer = std::make_unique<PeerDialer>(peers_, 0, endpoints),
                                 .random = [this] { return jitter_.fraction(); }},
                                options());
  }
  ~WidePlay() { close(); }

  // What went wrong; empty: nothing.
  std::string run() {
    Stage::run(script_.base);
    ShownStores stores;
    for (const auto& peer : peers_) {
      for (const auto& seen : peer->seen) stores.add(*seen);
    }
    Invariants invariants(script_, std::move(stores));
    std::string wrong;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      Observed& call = calls_[i]->seen;
      call.attempts = attempts_of(i);
      const std::string fault = invariants.judge(call);
      if (!fault.empty()) wrong += "call " + std::to_string(i) + ":\n" + fault + story(call);
    }
    wrong += invariants.judge_all(loop_->now() - began_);
    hedged = invariants.hedged();
    if (!wrong.empty()) wrong += "service config: " + script_.base.service_config + '\n';
    return wrong;
  }

  int hedged = 0;  // calls
  int moved = 0;   // calls with attempts at both endpoints

 private:
  ConnectOptions options() const {
    const ChannelRules& rules = script_.base.rules;
    ConnectOptions options;
    options.loop = loop_;
    options.authority = "test.example";
    options.retries = rules.retries;
    options.trust_refused = rules.trust_refused;
    options.assume_keyed = rules.assume_keyed;
    options.max_attempts = rules.max_attempts;
    if (script_.round_robin) options.load_balancing = LoadBalancing::round_robin;
    options.log = {};
    if (!script_.base.service_config.empty()) options.service_config = script_.base.service_config;
    return options;
  }

  // In the order in which they came.
  std::vector<const Seen*> attempts_of(std::size_t call) {
    std::vector<const Seen*> attempts;
    std::size_t places = 0;
    for (const auto& peer : peers_) {
      const std::size_t before = attempts.size();
      for (const auto& seen : peer->seen) {
        if (seen->field("call") == std::to_string(call)) attempts.push_back(seen.get());
      }
      places += attempts.size() > before ? 1 : 0;
    }
    moved += places > 1 ? 1 : 0;
    // What was refused as it came was before what came at the same time.
    const auto order = [](const Seen* seen) {
      const bool at_once = seen->over() && seen->deeds.back().at == seen->arrived;
      return std::pair(seen->arrived, !at_once);
    };
    std::stable_sort(attempts.begin(), attempts.end(),
                     [order](const Seen* a, const Seen* b) { return order(a) < order(b); });
    return attempts;
  }

  std::string story(const Observed& call) const {
    std::string text = "  safety " + std::to_string(static_cast<int>(call.method->safety)) +
                       kind_of(*call.method) + ", started " + in_ms(call.started);
    for (const Seen* seen : call.attempts) {
      text += "\n  at " + in_ms(seen->arrived) + ' ' + seen->endpoint + " stream " +
              std::to_string(seen->id) + " n=" + seen->field("grpc-previous-rpc-attempts") +
              " store \"" + seen->field("cpp-lite-store") + "\" at \"" + seen->store + '"' +
              (seen->executed ? " executed" : "");
      for (const Deed& deed : seen->deeds) {
        text += ", deed " + std::to_string(static_cast<int>(deed.kind)) + '(' +
                std::to_string(deed.code) + (deed.marker ? " marked" : "") + ' ' + deed.store +
                ") at " + in_ms(deed.at);
      }
      if (seen->reset_by_client) text += ", reset by client at " + in_ms(*seen->reset_by_client);
    }
    const std::string end =
        call.ended ? in_ms(*call.ended) + ": " + call.status.to_string() : std::string("dropped");
    return text + "\n  " + end + '\n';
  }

  Dice dice_;
  Dice jitter_{77};
  const WideScript script_;
  Peers peers_;
};

TEST(WideScripts, KeepTheInvariantsOverSeveralEndpointsAndWithHedges) {
  const char* const only = std::getenv("CPP_LITE_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 0;
  const std::uint64_t end = only != nullptr ? first + 1 : kWideScripts;
  int hedged = 0, moved = 0;
  for (std::uint64_t seed = first; seed < end; ++seed) {
    WidePlay play(seed);
    const std::string wrong = play.run();
    hedged += play.hedged;
    moved += play.moved;
    ASSERT_EQ(wrong, "") << "CPP_LITE_SEED=" << seed;
  }
  if (only != nullptr) return;
  EXPECT_GT(hedged, static_cast<int>(kWideScripts / 20));
  EXPECT_GT(moved, static_cast<int>(kWideScripts / 20));
}

}  // namespace
}  // namespace cpp_lite::retries
