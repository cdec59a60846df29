#include "reference_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "attempt_end.h"

namespace cpp_lite::retries {
namespace {

using std::chrono::nanoseconds;
using Kind = Deed::Kind;

constexpr nanoseconds kShortestAttempt = std::chrono::milliseconds(1);

bool lists(const RetryPolicyData& policy, Code code) {
  return ((policy.codes >> static_cast<unsigned>(code)) & 1U) != 0;
}

// docs/rules.md, "Safety": of the classes that have any.
bool allowed(Code code) {
  switch (code) {
    case Code::unavailable:
    case Code::resource_exhausted:
    case Code::aborted:
    case Code::internal:
    case Code::unknown:
    case Code::deadline_exceeded:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::map<std::string, std::string> lasting(const Seen& attempt) {
  auto fields = attempt.fields;
  fields.erase("grpc-timeout");
  fields.erase("grpc-previous-rpc-attempts");
  fields.erase("cpp-lite-store");
  return fields;
}

// One call, from its beginning to its end.
class ReferenceModel::Walk {
 public:
  Walk(ReferenceModel& model, const Observed& call)
      : model_(model), rules_(model.rules_), call_(call), method_(*call.method) {
    safe_ = method_.safety != Safety::unsafe;
    // "Streamed requests"
    const bool asked = !method_.client_streams || method_.retry.max_attempts > 0;
    if (rules_.policy && asked) {
      stated_ = *rules_.policy;
    } else if (method_.retry.max_attempts > 0) {
      stated_ = method_.retry;
    }
    policy_ = stated_.value_or(RetryPolicyData{});
    if (!stated_) policy_.max_attempts = 3;
    has_policy_ = !method_.client_streams || (safe_ && stated_);
    most_attempts_ = std::min<int>(policy_.max_attempts, rules_.max_attempts);
    earliest_ = latest_ = call.started;
  }

  std::string run() {
    model_.pass_time(call_.started);
    model_.pay_in();
    while (step()) {
    }
    check_history();
    return wrong_;
  }

 private:
  // ---- From attempt to attempt. False: the call is over.

  bool step() {
    const std::optional<End> end = next_end();
    if (!end) return false;
    ends_.push_back(*end);
    if (end->fate == Fate::ok) {
      model_.tokens_ =
          std::min(max_tokens(), model_.tokens_ + static_cast<int>(std::lround(ratio() * 1000)));
      return over(*end);
    }
    if (end->fate == Fate::cancelled || end->fate == Fate::out_of_time) return over(*end);
    last_seen_ = seen_ > 0 ? call_.attempts[seen_ - 1] : nullptr;
    bind(*end);
    return decide(*end) || over(*end);
  }

  // What became of the attempt that is due; nothing: the call ended before it, or there is a fault.
  std::optional<End> next_end() {
    const SteadyTime ready = model_.around_.connected_at;
    const bool waits = counted_ > 1;
    if (!waits && latest_ < ready) {
      return End{.fate = Fate::not_sent, .at = latest_, .code = Code::unavailable};
    }
    const SteadyTime from = std::max(earliest_, ready), to = std::max(latest_, ready);
    if (seen_ == call_.attempts.size()) return absent(to);
    const Seen& attempt = *call_.attempts[seen_++];
    check_request(attempt, from, to);
    if (!bound_.empty() && shown_at(attempt.arrived) != bound_) {
      fault("sent where the key may be unknown");
    }
    return end_of(attempt);
  }

  // No attempt came: that takes a reason.
  std::optional<End> absent(SteadyTime due) {
    if (stranded(due)) return std::nullopt;
    const SteadyTime cancelled = call_.cancelled.value_or(SteadyTime::max());
    if (cancelled <= due && cancelled < call_.deadline) {
      over({.fate = Fate::cancelled, .at = cancelled, .code = Code::cancelled});
    } else if (call_.deadline <= due) {
      over({.fate = Fate::out_of_time, .at = call_.deadline, .code = Code::deadline_exceeded});
    } else {
      fault("attempt " + std::to_string(seen_ + 1) + " is missing");
    }
    return std::nullopt;
  }

  // docs/rules.md, "Several endpoints": the store of the first attempt that may have been executed
  // is not there any more when the next one is due.
  bool stranded(SteadyTime due) {
    if (bound_.empty() || !call_.ended) return false;
    if (*call_.ended < earliest_ || *call_.ended > due) return false;
    if (shown_at(*call_.ended) == bound_) return false;
    End last = ends_.back();
    last.at = *call_.ended;
    over(last);
    return true;
  }
  void bind(const End& end) {
    const bool executed = end.fate == Fate::rejected || end.fate == Fate::lost;
    if (!executed || executed_ || method_.safety != Safety::keyed) return;
    executed_ = true;
    bound_ = stores().to(*last_seen_, end);
  }
  const ShownStores& stores() const { return model_.around_.stores; }
  // By the only endpoint that there is.
  std::string shown_at(SteadyTime at) const {
    return stores().of(call_.attempts.front()->endpoint, at);
  }

  End end_of(const Seen& attempt) {
    End end = how_it_ended(attempt, method_, rules_.trust_refused);
    const bool had_head = !attempt.deeds.empty() && attempt.deeds[0].kind == Kind::headers;
    const SteadyTime head_at = had_head ? attempt.deeds[0].at : end.at;
    const SteadyTime patience = attempt.arrived + method_.attempt_timeout;
    if (method_.attempt_timeout > nanoseconds(0) && !last_permitted(attempt) &&
        patience < head_at) {
      end = {
          .fate = Fate::lost, .at = patience, .code = Code::deadline_exceeded, .timed_out = true};
    }
    if (call_.deadline < end.at) {
      end = {.fate = Fate::out_of_time, .at = call_.deadline, .code = Code::deadline_exceeded};
    }
    if (call_.cancelled && *call_.cancelled < end.at) {
      end = {.fate = Fate::cancelled, .at = *call_.cancelled, .code = Code::cancelled};
    }
    check_left(attempt, end);
    check_body(attempt, end);
    keep_messages(attempt, end.at);
    return end;
  }

  void keep_messages(const Seen& attempt, SteadyTime until) {
    messages_.clear();
    for (const Deed& deed : attempt.deeds) {
      if (deed.kind == Kind::message && deed.at <= until) messages_.push_back(deed.message);
    }
  }

  // ---- The decision. True: another attempt is due between earliest_ and latest_.

  bool decide(const End& end) {
    if (end.fate == Fate::committed) return false;
    if (end.fate == Fate::refused && !std::exchange(refused_once_, true)) {
      earliest_ = latest_ = end.at;
      return true;
    }
    if (!rules_.retries || method_.no_retry) return false;
    const bool eligible = is_eligible(end);
    const std::optional<int> pushback = pushback_of(end.pushbacks);
    const bool forbidden = pushback && *pushback < 0;
    const bool reached = end.fate != Fate::refused && end.fate != Fate::not_sent;
    if (rules_.throttling && (forbidden || (eligible && reached))) {
      model_.tokens_ = std::max(0, model_.tokens_ - 1000);
    }
    if (!eligible || forbidden) return false;
    if (rules_.throttling && model_.tokens_ * 2 <= max_tokens()) return false;
    if (counted_ >= most_attempts_) return false;
    return after_delay(end, pushback);
  }

  // Rows 7 to 10.
  bool is_eligible(const End& end) const {
    if (!has_policy_) return false;
    const bool keyless = method_.safety == Safety::keyed && !call_.has_key;
    switch (end.fate) {
      case Fate::declared:
        return end.code == Code::unavailable || (end.code == Code::resource_exhausted &&
                                                 pushback_of(end.pushbacks).value_or(-1) >= 0);
      case Fate::refused:
      case Fate::not_sent:
        return (stated_ || safe_) && lists(policy_, Code::unavailable);
      case Fate::rejected:
      case Fate::lost:
        if (!safe_ || keyless) return false;
        if (method_.safety == Safety::keyed && !rules_.assume_keyed &&
            stores().to(*last_seen_, end).empty()) {
          return false;
        }
        return end.timed_out || (lists(policy_, end.code) && allowed(end.code));
      default:
        return false;
    }
  }

  // Rows 14 to 16. Where jitter or rounding leaves it open, what happened decides.
  bool after_delay(const End& end, std::optional<int> pushback) {
    model_.pass_time(end.at);
    const bool goes_on = !call_.ended || *call_.ended > end.at;
    if (rules_.shared && model_.budget_.most < 0.999) return false;
    const bool maybe_poor = rules_.shared && model_.budget_.least < 1.001;
    if (maybe_poor && !goes_on) return false;
    const nanoseconds base =
        pushback ? nanoseconds(std::chrono::milliseconds(*pushback)) : backoff();
    const nanoseconds least = pushback ? base : base * 8 / 10;
    const nanoseconds most = pushback ? base : base * 12 / 10;
    if (call_.deadline != SteadyTime::max()) {
      const nanoseconds left = call_.deadline - end.at - kShortestAttempt;
      if (least >= left || (most >= left && !goes_on)) return false;
    }
    earliest_ = end.at + least;
    latest_ = end.at + most;
    model_.budget_.least -= 1;
    model_.budget_.most -= 1;
    ++counted_;
    backoffs_ = pushback ? 0 : backoffs_ + 1;
    return true;
  }

  nanoseconds backoff() const {
    double wait = static_cast<double>(policy_.initial_backoff.count());
    for (int i = 0; i < backoffs_; ++i) wait *= policy_.backoff_multiplier;
    return nanoseconds(static_cast<std::int64_t>(
        std::min(wait, static_cast<double>(policy_.max_backoff.count()))));
  }

  // D15.
  bool last_permitted(const Seen& attempt) {
    if (!rules_.retries || method_.no_retry || !safe_ || !has_policy_) return true;
    if (counted_ >= most_attempts_) return true;
    if (method_.safety == Safety::keyed &&
        (!call_.has_key || (!rules_.assume_keyed && !shows_until_patience_ends(attempt)))) {
      return true;
    }
    if (rules_.throttling && (model_.tokens_ - 1000) * 2 <= max_tokens()) return true;
    const SteadyTime expiry = attempt.arrived + method_.attempt_timeout;
    if (call_.deadline != SteadyTime::max() &&
        backoff() * 12 / 10 >= call_.deadline - expiry - kShortestAttempt) {
      return true;  // the wait for the next one might be too long
    }
    model_.pass_time(attempt.arrived);
    if (rules_.shared && model_.budget_.most < 0.999) return true;
    if (!rules_.shared || model_.budget_.least >= 1.001) return false;
    return attempt.reset_by_client != attempt.arrived + method_.attempt_timeout;
  }
  bool shows_until_patience_ends(const Seen& attempt) const {
    return !stores().to(attempt, attempt.arrived).empty() &&
           !stores().to(attempt, attempt.arrived + method_.attempt_timeout).empty();
  }

  int max_tokens() const { return rules_.throttling ? rules_.throttling->max_tokens * 1000 : 0; }
  double ratio() const { return rules_.throttling ? rules_.throttling->token_ratio : 0; }

  // ---- What both sides saw.

  // C4, C5, C7.
  void check_request(const Seen& attempt, SteadyTime from, SteadyTime to) {
    if (attempt.arrived < from || attempt.arrived > to) {
      fault("attempt " + std::to_string(seen_) + " came at " + in_ms(attempt.arrived) +
            ", not within " + in_ms(from) + " and " + in_ms(to));
    }
    if (attempt.arrived >= call_.deadline ||
        attempt.arrived >= call_.cancelled.value_or(SteadyTime::max())) {
      fault("an attempt after the end");
    }
    const std::string told = counted_ > 1 ? std::to_string(counted_ - 1) : "";
    if (attempt.field("grpc-previous-rpc-attempts") != told) {
      fault("previous attempts \"" + attempt.field("grpc-previous-rpc-attempts") + "\", not \"" +
            told + '"');
    }
    if (attempt.field("cpp-lite-store") != bound_) {
      fault("names the store \"" + attempt.field("cpp-lite-store") + "\", not \"" + bound_ + '"');
    }
    if (lasting(attempt) != lasting(*call_.attempts.front())) fault("not the same headers");
    const bool timeless = attempt.field("grpc-timeout").empty();
    if (timeless != (call_.deadline == SteadyTime::max())) fault("grpc-timeout");
  }

  // C4: all that was written by then, and no more.
  void check_body(const Seen& attempt, const End& end) {
    if (attempt.body != call_.request(end.at)) fault("another request than was written");
    if (attempt.whole != (call_.closed <= end.at)) fault("not a whole request, or none yet");
  }

  // C3: what this side ends it also tells the peer, at once.
  void check_left(const Seen& attempt, const End& end) {
    const bool by_us =
        end.fate == Fate::cancelled || end.fate == Fate::out_of_time || end.timed_out;
    if (!by_us) return;
    if (attempt.reset_by_client != end.at || attempt.reset_code != 8) {
      fault("the peer was not told that attempt " + std::to_string(seen_) + " is over");
    }
  }

  // False, always: the call is over, and that is how.
  bool over(const End& end) {
    if (seen_ < call_.attempts.size()) fault("an attempt too many");
    if (!call_.ended) {
      if (!call_.cancelled) fault("it never ended");
      return false;
    }
    if (*call_.ended != end.at) fault("ended at " + in_ms(*call_.ended) + ", not " + in_ms(end.at));
    if (call_.status.code() != end.code) {
      fault("ended with " + call_.status.to_string() + ", not " + std::string(to_string(end.code)));
    }
    if (end.words && call_.status.message() != *end.words) {
      fault("says \"" + call_.status.message() + "\", not \"" + *end.words + '"');
    }
    const bool delivers = end.fate == Fate::ok || !method_.unary();
    if (call_.messages != (delivers ? messages_ : std::vector<std::string>())) {
      fault("other messages than the last attempt's");
    }
    return false;
  }

  // status.attempts() and is_not_executed().
  void check_history() {
    if (!call_.ended || !wrong_.empty()) return;
    const std::vector<Attempt>& told = call_.status.attempts();
    if (told.empty() && ends_.size() == 1 && ends_[0].fate == Fate::ok) return;
    if (told.size() < ends_.size() || told.size() > ends_.size() + 1) {
      return fault(std::to_string(told.size()) + " attempts told of " +
                   std::to_string(ends_.size()));
    }
    bool nothing_done = told.size() == ends_.size();
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      if (told[i].code != ends_[i].code) fault("another code in attempts()");
      if (proven(ends_[i].fate) != proven_told(told[i].outcome)) fault("another outcome");
      nothing_done = nothing_done && proven(ends_[i].fate);
    }
    const bool waited = told.size() > ends_.size() && told.back().outcome == Outcome::not_sent;
    if (call_.status.is_not_executed() && !nothing_done && !waited) fault("not executed, it says");
    if (nothing_done && !call_.status.is_not_executed()) fault("not executed, but silent");
  }
  static bool proven_told(Outcome outcome) {
    return outcome == Outcome::not_sent || outcome == Outcome::refused ||
           outcome == Outcome::declared;
  }

  std::string in_ms(SteadyTime at) const {
    return std::to_string(
        std::chrono::duration<double, std::milli>(at - model_.around_.began).count());
  }
  void fault(const std::string& text) { wrong_ += text + '\n'; }

  ReferenceModel& model_;
  const ChannelRules& rules_;
  const Observed& call_;
  const Method& method_;
  bool safe_ = false;
  std::optional<RetryPolicyData> stated_;
  RetryPolicyData policy_;
  int most_attempts_ = 0;

  SteadyTime earliest_, latest_;  // of the next attempt
  std::size_t seen_ = 0;
  const Seen* last_seen_ = nullptr;
  bool has_policy_ = false;
  bool executed_ = false;  // it may have been, by now
  std::string bound_;      // to the store that was shown then, if any
  int counted_ = 1;
  int backoffs_ = 0;
  bool refused_once_ = false;
  std::vector<End> ends_;
  std::vector<std::string> messages_;  // of the last attempt
  std::string wrong_;
};

std::string ReferenceModel::judge(const Observed& call) { return Walk(*this, call).run(); }

}  // namespace cpp_lite::retries
