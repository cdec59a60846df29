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
#include "support/fake_loop.h"

namespace cpp_lite::retries {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongest = std::chrono::minutes(30);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kScripts = 2'000;
#else
constexpr std::uint64_t kScripts = 10'000;
#endif

// A call and its user.
class UserCall {
 public:
  UserCall(Channel& channel, Loop& loop, const CallScript& script, int number) : loop_(loop) {
    seen.method = script.method;
    seen.has_key = script.has_key;
    seen.started = loop.now();
    Call call{script.method, Deadline::never(), {}};
    if (script.deadline) {
      seen.deadline = seen.started + *script.deadline;
      call.deadline = seen.deadline;
    }
    if (script.cancel_after) cancel_at_ = seen.started + *script.cancel_after;
    call.options.metadata.add("call", std::to_string(number));
    if (script.has_key) call.options.idempotency_key = "key";
    Bytes request(kMessagePrefix);
    request.push_back(static_cast<std::uint8_t>('a' + number));
    if (script.method->unary()) {
      reply_ = channel.unary(std::move(call), std::move(request));
    } else {
      stream_ = channel.stream(std::move(call));
      written_ = stream_->write(std::move(request));
      closed_ = stream_->close_writes();
    }
  }

  bool over() const { return over_; }
  SteadyTime wants_to_cancel() const { return over_ ? SteadyTime::max() : cancel_at_; }

  // Takes what there is.
  void look() {
    if (over_) return;
    if (!seen.method->unary()) read();
    if (reply_.valid() && reply_.ready()) return take(reply_.take());
    if (cancel_at_ <= loop_.now()) cancel();
  }

  Observed seen;

 private:
  void read() {
    while (!reply_.valid()) {
      if (!next_.valid()) next_ = stream_->read();
      if (!next_.ready()) return;
      std::optional<Bytes> message = next_.take();
      next_ = {};
      if (message) {
        seen.messages.emplace_back(message->begin(), message->end());
      } else {
        reply_ = stream_->finish();
      }
    }
  }

  void take(RawReply reply) {
    over_ = true;
    seen.ended = loop_.now();
    seen.status = reply.status;
    if (seen.method->unary() && reply.status.ok()) {
      seen.messages.emplace_back(reply.message.begin(), reply.message.end());
    }
  }

  void cancel() {
    seen.cancelled = loop_.now();
    cancel_at_ = SteadyTime::max();
    if (stream_ != nullptr) return stream_->cancel();
    over_ = true;
    reply_ = {};
  }

  Loop& loop_;
  SteadyTime cancel_at_ = SteadyTime::max();
  bool over_ = false;
  std::unique_ptr<RawStream> stream_;
  Future<bool> written_, closed_;
  Future<std::optional<Bytes>> next_;
  Future<RawReply> reply_;
};

class Play {
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
  ~Play() {
    calls_.clear();
    channel_.reset();
    loop_->run_until_idle();
  }

  // What went wrong; empty: nothing.
  std::string run() {
    began_ = loop_->now();
    if (script_.rules.shared) {
      for (const CallScript& call : script_.calls) {
        pass(call.wait);
        begin(call);
        finish();
      }
    } else {
      for (const CallScript& call : script_.calls) {
        begin(call);
        pass(call.wait);
      }
      finish();
    }
    return verdict();
  }

  int attempts() const { return static_cast<int>(peer_.seen.size()); }

 private:
  void begin(const CallScript& call) {
    const int number = static_cast<int>(calls_.size());
    calls_.push_back(std::make_unique<UserCall>(*channel_, *loop_, call, number));
    loop_->run_until_idle();
    look();
  }

  // Until every call is over, or for a very long time.
  void finish() {
    const SteadyTime end = loop_->now() + kLongest;
    while (!all_over() && next() <= end) advance_to(next());
  }
  void pass(std::chrono::nanoseconds time) {
    const SteadyTime end = loop_->now() + time;
    while (next() <= end) advance_to(next());
    advance_to(end);
  }

  SteadyTime next() const {
    SteadyTime first = loop_->next_alarm();
    for (const auto& call : calls_) first = std::min(first, call->wants_to_cancel());
    return first;
  }
  void advance_to(SteadyTime when) {
    loop_->advance(std::max(0ns, when - loop_->now()));
    look();
  }
  void look() {
    for (const auto& call : calls_) {
      call->look();
      loop_->run_until_idle();
      call->look();
    }
  }
  bool all_over() const {
    return std::all_of(calls_.begin(), calls_.end(), [](const auto& c) { return c->over(); });
  }

  std::string verdict() {
    ReferenceModel model(script_.rules, {began_, peer_.connected_at, heads()});
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

  std::vector<Head> heads() const {
    std::vector<Head> read;
    for (const auto& seen : peer_.seen) {
      for (const Deed& deed : seen->deeds) {
        const bool head =
            deed.kind == Deed::Kind::headers || deed.kind == Deed::Kind::trailers_only;
        const bool too_late = seen->reset_by_client.value_or(SteadyTime::max()) <= deed.at;
        if (head && !too_late) read.push_back({seen->connection, deed.at, deed.store});
      }
    }
    return read;
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
    const auto ms = [this](SteadyTime at) {
      return std::to_string(std::chrono::duration<double, std::milli>(at - began_).count());
    };
    std::string text = "  safety " + std::to_string(static_cast<int>(call.method->safety)) +
                       (call.method->unary() ? ", unary" : ", streaming") + ", started " +
                       ms(call.started);
    for (const Seen* seen : call.attempts) {
      text += "\n  at " + ms(seen->arrived) + " stream " + std::to_string(seen->id);
      for (const Deed& deed : seen->deeds) {
        text += ", deed " + std::to_string(static_cast<int>(deed.kind)) + '(' +
                std::to_string(deed.code) + (deed.marker ? " marked" : "") + ") at " + ms(deed.at);
      }
    }
    return text + "\n  " + (call.ended ? call.status.to_string() : "dropped") + '\n';
  }

  Dice dice_;
  Dice jitter_{77};
  const Script script_;
  const std::shared_ptr<support::FakeLoop> loop_ = support::FakeLoop::create();
  SteadyTime began_;
  ScriptedPeer peer_;
  std::shared_ptr<Channel> channel_;
  std::vector<std::unique_ptr<UserCall>> calls_;
};

TEST(RetryScripts, TenThousandOfThemEndAsTheReferenceModelSays) {
  const char* const only = std::getenv("CPP_LITE_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 0;
  const std::uint64_t end = only != nullptr ? first + 1 : kScripts;
  int attempts = 0;
  for (std::uint64_t seed = first; seed < end; ++seed) {
    Play play(seed);
    const std::string wrong = play.run();
    attempts += play.attempts();
    ASSERT_EQ(wrong, "") << "CPP_LITE_SEED=" << seed;
  }
  RecordProperty("attempts", attempts);
}

}  // namespace
}  // namespace cpp_lite::retries
