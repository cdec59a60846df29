#include "invariants.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "attempt_end.h"

namespace cpp_lite::retries {
namespace {

using Kind = Deed::Kind;

SteadyTime end_of(const Seen& attempt) {
  if (attempt.reset_by_client) return *attempt.reset_by_client;
  return attempt.over() ? attempt.deeds.back().at : SteadyTime::max();
}

// grpc-previous-rpc-attempts.
int number_of(const Seen& attempt) {
  const std::string told = attempt.field("grpc-previous-rpc-attempts");
  return told.empty() ? 0 : std::stoi(told);
}

bool refused(const Seen& attempt) {
  if (!attempt.over()) return false;
  const Deed& last = attempt.deeds.back();
  return last.kind == Kind::refused_by_goaway || (last.kind == Kind::reset && last.code == 7);
}

}  // namespace

// At one call.
class Invariants::Look {
 public:
  Look(const WideScript& script, const ShownStores& stores, const Observed& call)
      : script_(script),
        rules_(script.base.rules),
        stores_(stores),
        call_(call),
        method_(*call.method) {
    const bool safe =
        method_.safety == Safety::idempotent || method_.safety == Safety::no_side_effects;
    may_hedge_ = script.hedging && safe && !method_.client_streams && rules_.retries &&
                 !method_.no_retry && rules_.max_attempts > 1;
    over_at_ = std::min({call.ended.value_or(SteadyTime::max()),
                         call.cancelled.value_or(SteadyTime::max()), call.deadline});
  }

  std::string run() {
    if (over_at_ == SteadyTime::max()) fault("C3: it never ended");
    check_count();
    check_effects();
    check_stores();
    check_times();
    check_requests();
    check_numbers();
    check_result();
    return wrong_;
  }
  bool overlapped() const { return overlapped_; }
  int repetitions() const {
    int most = 0;
    for (const Seen* attempt : call_.attempts) most = std::max(most, number_of(*attempt));
    return most;
  }

 private:
  // C1.
  void check_count() {
    const auto most = static_cast<std::size_t>(most_attempts());
    if (call_.attempts.size() > most + 1) fault("C1: too many attempts");
    const auto free = std::count_if(call_.attempts.begin(), call_.attempts.end(),
                                    [](const Seen* seen) { return refused(*seen); });
    if (free == 0 && call_.attempts.size() > most) fault("C1: too many, and none was refused");
  }
  int most_attempts() const {
    if (!rules_.retries || method_.no_retry) return 1;
    if (method_.client_streams && method_.retry.max_attempts == 0) return 1;  // "Streamed requests"
    int most = 3;
    if (method_.retry.max_attempts > 0) most = method_.retry.max_attempts;
    if (rules_.policy) most = rules_.policy->max_attempts;
    if (may_hedge_) most = script_.hedging->max_attempts;
    return std::min(most, rules_.max_attempts);
  }

  // C2, by the peers' own books.
  void check_effects() {
    const bool repeatable = method_.safety == Safety::idempotent ||
                            method_.safety == Safety::no_side_effects || call_.has_key;
    std::vector<const Seen*> runs;
    std::copy_if(call_.attempts.begin(), call_.attempts.end(), std::back_inserter(runs),
                 [](const Seen* attempt) { return attempt->executed; });
    if (!repeatable && runs.size() > 1) {
      fault("C2: executed " + std::to_string(runs.size()) + " times");
    }
    if (method_.safety == Safety::keyed) check_places(runs);
    if (call_.ended && rules_.trust_refused && call_.status.is_not_executed() && !runs.empty()) {
      fault("executed, but proven not to be");
    }
  }
  // A key protects in one store only. Which one that is nobody can tell who has heard of an older
  // one there, nor who was told of none, and assumes that keys are honoured.
  void check_places(const std::vector<const Seen*>& runs) {
    for (const Seen* run : runs) {
      const Seen& first = *runs.front();
      const bool named = !run->field("cpp-lite-store").empty();
      const bool stale = stores_.to(first, ended(first)) != first.store;
      if (named ? run->store != first.store && !stale : run->endpoint != first.endpoint) {
        fault("executed in two places");
      }
    }
  }

  // docs/rules.md, "Several endpoints": what comes after an attempt that may have been executed
  // names the store that had been shown to that one.
  void check_stores() {
    std::optional<std::string> bound;
    for (const Seen* attempt : call_.attempts) {
      const std::string named = attempt->field("cpp-lite-store");
      if (named != bound.value_or("")) {
        fault("names the store \"" + named + "\", not \"" + bound.value_or("") + '"');
      }
      if (method_.safety != Safety::keyed || bound) continue;
      const End end = ended(*attempt);
      if (!proven(end.fate)) bound = stores_.to(*attempt, end);
    }
  }
  // For the client.
  End ended(const Seen& attempt) const {
    if (attempt.over() || !attempt.reset_by_client) {
      return how_it_ended(attempt, method_, rules_.trust_refused);
    }
    return {.fate = Fate::lost, .at = *attempt.reset_by_client};
  }

  // C3, C5; and only hedges overlap.
  void check_times() {
    SteadyTime before = SteadyTime::min();
    for (const Seen* attempt : call_.attempts) {
      if (attempt->arrived > over_at_ || attempt->arrived >= call_.deadline) {
        fault("C5: an attempt after the end");
      }
      const SteadyTime end = end_of(*attempt);
      if (end > over_at_ && over_at_ < SteadyTime::max()) fault("C3: a stream outlives the call");
      overlapped_ = overlapped_ || attempt->arrived < before;
      before = std::max(before, end);
    }
    if (overlapped_ && !may_hedge_) fault("two attempts at a time");
    if (call_.ended && *call_.ended > call_.deadline) fault("C3: it ended too late");
  }

  // C4.
  void check_requests() {
    for (const Seen* attempt : call_.attempts) {
      const SteadyTime end = end_of(*attempt);
      if (lasting(*attempt) != lasting(*call_.attempts.front())) fault("C4: other headers");
      if (end == attempt->arrived) continue;  // over before more than the headers could come
      if (attempt->body != call_.request(end)) fault("C4: other bytes than were written");
      if (attempt->whole != (call_.closed <= end)) fault("C4: not a whole request, or none yet");
    }
  }

  // C4. A number comes twice only where the first one was refused; one is missing only where no
  // connection was found.
  void check_numbers() {
    std::multiset<int> told;
    int repeats = 0;
    for (const Seen* attempt : call_.attempts) {
      told.insert(number_of(*attempt));
      repeats += refused(*attempt) ? 1 : 0;
    }
    if (told.empty()) return;
    if (*told.rbegin() >= most_attempts()) fault("C4: a number beyond all attempts");
    const auto different = static_cast<int>(std::set<int>(told.begin(), told.end()).size());
    if (static_cast<int>(told.size()) - different > std::min(repeats, 1))
      fault("C4: twice a number");
    if (script_.base.failing_dials == 0 && script_.endpoints == 1 &&
        *told.rbegin() != different - 1) {
      fault("C4: a number is missing");
    }
    const bool ascending =
        std::is_sorted(call_.attempts.begin(), call_.attempts.end(),
                       [](const Seen* a, const Seen* b) { return number_of(*a) < number_of(*b); });
    if (!may_hedge_ && !ascending) fault("C4: numbers fall");
  }

  // What an OK says some peer has said.
  void check_result() {
    if (!call_.ended || !call_.status.ok()) return;
    const bool said =
        std::any_of(call_.attempts.begin(), call_.attempts.end(), [this](const Seen* attempt) {
          std::vector<std::string> messages;
          for (const Deed& deed : attempt->deeds) {
            if (deed.kind == Kind::message) messages.push_back(deed.message);
          }
          return attempt->over() && messages == call_.messages &&
                 (attempt->deeds.back().kind == Kind::trailers ||
                  attempt->deeds.back().kind == Kind::trailers_only) &&
                 attempt->deeds.back().code == 0;
        });
    if (!said) fault("nobody said that");
  }

  void fault(const std::string& text) { wrong_ += text + '\n'; }

  const WideScript& script_;
  const ChannelRules& rules_;
  const ShownStores& stores_;
  const Observed& call_;
  const Method& method_;
  bool may_hedge_ = false;
  bool overlapped_ = false;
  SteadyTime over_at_;
  std::string wrong_;
};

std::string Invariants::judge(const Observed& call) {
  Look look(script_, stores_, call);
  std::string wrong = look.run();
  ++calls_;
  repetitions_ += look.repetitions();
  hedged_ += look.overlapped() ? 1 : 0;
  return wrong;
}

std::string Invariants::judge_all(std::chrono::nanoseconds time) const {
  const double seconds = std::chrono::duration<double>(time).count();
  const double most = 10 + 0.1 * calls_ + seconds;
  return repetitions_ <= most ? "" : "C6: " + std::to_string(repetitions_) + " repetitions\n";
}

}  // namespace cpp_lite::retries
