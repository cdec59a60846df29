// Ten thousand random scripts of a peer that fails in every way, against the client as it is. A
// failure names its seed; CPP_LITE_SEED=n runs that one alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/channel.h"
#include "client/dialer.h"
#include "reference_model.h"
#include "scripted_peer.h"
#include "scripts.h"
#include "stage.h"
#include "support/sanitized.h"

namespace cpp_lite::retries {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kScripts = support::kSanitized ? 1'000 : 10'000;

class Play : public Stage {
 public:
  explicit Play(std::uint64_t seed)
      : dice_(seed), script_(make_script(dice_)), peer_(loop_, [this](const Seen&) {
          return make_reply(dice_, script_.rules.trust_refused);
        }) {
    peer_.failing_dials = script_.failing_dials;
    peer_.believable = script_.rules.trust_refused;
    ConnectOptions options;
    options.loop = loop_;
    options.authority = "test.example";
    options.retries = script_.rules.retries;
    options.trust_refused = script_.rules.trust_refused;
    options.assume_keyed = script_.rules.assume_keyed;
    options.max_attempts = script_.rules.max_attempts;
    options.log = {};
    if (!script_.service_config.empty()) options.service_config = script_.service_config;
    channel_ = client::connect_through(
        {.dialer = client::dial_with([this](Loop&) { return peer_.connect(); }),
         .random = [this] { return jitter_.fraction(); }},
        options);
  }
  ~Play() { close(); }

  // What went wrong; empty: nothing.
  std::string run() {
    Stage::run(script_);
    return verdict();
  }

  int attempts() const { return static_cast<int>(peer_.seen.size()); }
  // Attempts that name a store, and those of them that another store turns away.
  int naming() const {
    return count([](const Seen& seen) { return named(seen) != ""; });
  }
  int turned_away() const {
    return count([](const Seen& seen) {
      return named(seen) != "" && seen.store != "" && named(seen) != seen.store;
    });
  }
  // Later attempts of streamed requests.
  int streamed_again() const {
    int more = 0;
    for (const auto& call : calls_) {
      const int sent = static_cast<int>(call->seen.attempts.size());
      if (call->seen.method->client_streams) more += std::max(0, sent - 1);
    }
    return more;
  }

 private:
  static std::string named(const Seen& seen) { return seen.field("cpp-lite-store"); }
  template <typename Test>
  int count(Test test) const {
    return static_cast<int>(std::count_if(peer_.seen.begin(), peer_.seen.end(),
                                          [test](const auto& seen) { return test(*seen); }));
  }

  std::string verdict() {
    ReferenceModel model(script_.rules, {began_, peer_.connected_at, stores()});
    std::string wrong;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      Observed& call = calls_[i]->seen;
      call.attempts = attempts_of(i);
      const std::string fault = executed_too_often(call) + model.judge(call);
      if (!fault.empty()) wrong += "call " + std::to_string(i) + ":\n" + fault + story(call);
    }
    if (!wrong.empty()) wrong += "service config: " + script_.service_config + '\n';
    return wrong;
  }

  std::vector<const Seen*> attempts_of(std::size_t call) const {
    std::vector<const Seen*> attempts;
    for (const auto& seen : peer_.seen) {
      if (seen->field("call") == std::to_string(call)) attempts.push_back(seen.get());
    }
    return attempts;
  }

  ShownStores stores() const {
    ShownStores shown;
    for (const auto& seen : peer_.seen) shown.add(*seen);
    return shown;
  }

  // C2, by the peer's own books. Only safe methods, and keyed ones with a key, may run again.
  std::string executed_too_often(const Observed& call) const {
    const Safety safety = call.method->safety;
    if (safety == Safety::idempotent || safety == Safety::no_side_effects || call.has_key)
      return "";
    const auto runs = std::count_if(call.attempts.begin(), call.attempts.end(),
                                    [](const Seen* seen) { return seen->executed; });
    return runs <= 1 ? "" : "executed " + std::to_string(runs) + " times\n";
  }

  std::string story(const Observed& call) const {
    std::string text = "  safety " + std::to_string(static_cast<int>(call.method->safety)) +
                       kind_of(*call.method) + ", started " + in_ms(call.started);
    for (const Seen* seen : call.attempts) {
      text += "\n  at " + in_ms(seen->arrived) + " stream " + std::to_string(seen->id) +
              " store \"" + seen->field("cpp-lite-store") + '"';
      for (const Deed& deed : seen->deeds) {
        text += ", deed " + std::to_string(static_cast<int>(deed.kind)) + '(' +
                std::to_string(deed.code) + (deed.marker ? " marked" : "") + ' ' + deed.store +
                ") at " + in_ms(deed.at);
      }
    }
    return text + "\n  " + (call.ended ? call.status.to_string() : "dropped") + '\n';
  }

  Dice dice_;
  Dice jitter_{77};
  const Script script_;
  ScriptedPeer peer_;
};

TEST(RetryScripts, TenThousandOfThemEndAsTheReferenceModelSays) {
  const char* const only = std::getenv("CPP_LITE_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 0;
  const std::uint64_t end = only != nullptr ? first + 1 : kScripts;
  int attempts = 0, naming = 0, turned_away = 0, streamed_again = 0;
  for (std::uint64_t seed = first; seed < end; ++seed) {
    Play play(seed);
    const std::string wrong = play.run();
    attempts += play.attempts();
    naming += play.naming();
    turned_away += play.turned_away();
    streamed_again += play.streamed_again();
    ASSERT_EQ(wrong, "") << "CPP_LITE_SEED=" << seed;
  }
  RecordProperty("attempts", attempts);
  if (only != nullptr) return;
  const int some = static_cast<int>(kScripts / 100);
  EXPECT_GT(naming, some);
  EXPECT_GT(turned_away, some / 10);
  EXPECT_GT(streamed_again, some);
}

}  // namespace
}  // namespace cpp_lite::retries
