#include "idempotency/layer.h"

#include <cpp_lite/async.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>
#include <variant>

#include "idempotency/answers.h"
#include "idempotency/bounded.h"
#include "idempotency/random.h"
#include "idempotency/state.h"

namespace cpp_lite::idempotency {
namespace {

using Kind = KeyedEvent::Kind;
using std::chrono::nanoseconds;

constexpr nanoseconds kSlack = Milliseconds(50);  // beyond a lease, for the clocks

// Within 20 % of it, so that those who poll do not do so together.
nanoseconds jittered(nanoseconds pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return nanoseconds(pause.count() * std::uniform_int_distribution<int>(80, 120)(random) / 100);
}

Landing landed(Kind kind, Status status) {
  return {{.status = std::move(status), .response = {}}, nullptr, kind};
}

// Counts as one who waits until the end of the block.
class Waiting {
 public:
  Waiting(std::atomic<std::size_t>& count, std::size_t most)
      : count_(count), admitted_(count.fetch_add(1) < most) {}
  ~Waiting() { count_.fetch_sub(1); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  bool admitted() const { return admitted_; }

 private:
  std::atomic<std::size_t>& count_;
  const bool admitted_;
};

// Ends the flight of a request that led it, if it has one, whatever happens.
class Leadership {
 public:
  Leadership(Flights& flights, const Id& id, std::shared_ptr<Flight> own)
      : flights_(flights), id_(id), own_(std::move(own)) {}
  ~Leadership() {
    if (own_ != nullptr) flights_.end(id_, std::move(result_));
  }
  Leadership(const Leadership&) = delete;
  Leadership& operator=(const Leadership&) = delete;

  // Others with this key may hear that it is used for something else.
  void confirm() {
    if (own_ != nullptr) own_->confirm();
  }
  // What it came to, for those who wait, too.
  Landing over(Landing landing) {
    result_ = landing.result;
    return landing;
  }

 private:
  Flights& flights_;
  const Id id_;
  const std::shared_ptr<Flight> own_;
  std::shared_ptr<const StoredResult> result_;
};

}  // namespace

Layer::Layer(std::shared_ptr<Store> store, const ServerOptions& options)
    : calls_(std::make_shared<StoreCalls>(std::move(store), options.keyed)),
      principal_(options.principal),
      anonymous_scope_(options.anonymous_scope),
      owner_(this_owner()),
      orphans_(options.keyed.max_orphans) {}

Future<KeyedAnswer> Layer::serve(KeyedCall& call, const Method& method, const KeyPolicy& policy) {
  Result<std::optional<Job>> job = job_of(call, method, policy);
  if (!job) {
    calls_->tell(Kind::invalid, method, {});
    co_return KeyedAnswer{.status = job.status(), .response = {}};
  }
  if (!*job) co_return co_await call.run_unkeyed();
  Landing landing = co_await decide(**job);
  calls_->tell(landing.kind, method, (*job)->loop->now() - (*job)->arrived);
  co_return std::move(landing.answer);
}

// Waits for who is at work on the key in this process, or becomes the one.
Future<Landing> Layer::decide(const Job& job) {
  auto [flight, leads] = flights_.enter(job.id, job.fingerprint);
  return leads ? lead(job, std::move(flight)) : follow(job, std::move(flight));
}

Future<Landing> Layer::follow(const Job& job, std::shared_ptr<Flight> flight) {
  for (;;) {
    const Likeness likeness = compare(flight->fingerprint(), job.fingerprint);
    if (likeness != Likeness::same && !flight->confirmed()) co_return co_await lead(job, nullptr);
    if (likeness == Likeness::other) co_return landed(Kind::mismatched, mismatch(job.method));
    if (likeness == Likeness::cannot_tell) {
      co_return landed(Kind::unknown, outcome_unknown(0, std::nullopt));
    }
    std::optional<Landing> landing = co_await wait_for(job, std::move(flight));
    if (landing) co_return *std::move(landing);
    bool leads = false;
    std::tie(flight, leads) = flights_.enter(job.id, job.fingerprint);
    if (leads) co_return co_await lead(job, std::move(flight));
  }
}

// Nothing: it ended without an answer, and somebody has to ask the store again.
Future<std::optional<Landing>> Layer::wait_for(const Job& job, std::shared_ptr<Flight> flight) {
  Waiting waiting(waiters_, calls_->options().max_waiters);
  const auto too_late = [this] { return landed(Kind::busy, busy(calls_->options().lease)); };
  if (job.policy.reject_in_progress || !waiting.admitted()) co_return too_late();
  calls_->tell(Kind::waited, job.method, {});
  auto first = co_await when_any(flight->landed(), sleep(job.loop, job.left()),
                                 job.call.context().cancelled().wait());
  if (first.index() != 0) co_return too_late();
  if (flight->result() == nullptr) co_return std::nullopt;
  co_return kept(flight->result());
}

// In functions of their own, so that the frame of who waits does not hold what is asked.
Future<Result<BeginResult>> Layer::ask(const Job& job, const Begun& begun) {
  return calls_->ask(job.loop, job.method, begin_args(job, calls_->options(), owner_, begun.token),
                     job.answer_by - begun.sent);
}
Future<Begun> Layer::ask_again(const Job& job, Begun unheard) {
  return calls_->ask_again(job.loop, job.method,
                           begin_args(job, calls_->options(), owner_, random_token()),
                           job.answer_by, std::move(unheard));
}
Future<Begun> Layer::open(const Job& job, const Token& token) {
  return calls_->open(job.loop, job.method, begin_args(job, calls_->options(), owner_, token),
                      job.answer_by);
}

// Asks the store, and does as it says. `own`: where others wait for it. One piece of memory for all
// that most calls come to: what is rare has coroutines of its own.
Future<Landing> Layer::lead(const Job& job, std::shared_ptr<Flight> own) {
  Leadership leadership(flights_, job.id, std::move(own));
  for (;;) {
    if (orphans_.full()) co_return landed(Kind::refused, too_many_orphans());
    Begun begun{no_answer(), random_token(), job.loop->now()};
    if (job.effects == Effects::transactional) {
      begun = co_await open(job, begun.token);
    } else if (begun.sent < job.answer_by) {
      begun.result = co_await ask(job, begun);
      if (!begun.result) {
        Future<Begun> again = ask_again(job, std::move(begun));
        begun = co_await std::move(again);
      }
    }
    if (!begun.result) {
      co_return landed(Kind::store_failed, store_unavailable(begun.result.status().message()));
    }
    const AfterBegin next = after_begin(*begun.result);
    if (next == AfterBegin::execute || next == AfterBegin::wait) leadership.confirm();
    if (next == AfterBegin::execute) {
      Execution execution(*calls_, orphans_, job, std::move(begun));
      Landing landing = co_await execution.run();
      co_return leadership.over(std::move(landing));
    }
    if (next != AfterBegin::wait) co_return leadership.over(told(job, *begun.result, next));
    std::optional<Landing> elsewhere =
        co_await claimed_elsewhere(job, std::get<Busy>(*begun.result).lease_left);
    if (elsewhere) co_return leadership.over(*std::move(elsewhere));
  }
}

// The store has an answer, or there will be none.
Landing Layer::told(const Job& job, const BeginResult& said, AfterBegin what) const {
  switch (what) {
    case AfterBegin::replay:
      return kept(std::make_shared<const StoredResult>(std::get<Replay>(said).result));
    case AfterBegin::mismatch:
      return landed(Kind::mismatched, mismatch(job.method));
    case AfterBegin::refuse:
      return landed(Kind::refused, full(std::get<Full>(said).why));
    default:
      break;
  }
  const auto& nobody_knows = std::get<Indeterminate>(said);
  return landed(Kind::unknown, outcome_unknown(nobody_knows.attempt, nobody_knows.since));
}

// Another process executes it. Nothing: begin() may be asked again.
Future<std::optional<Landing>> Layer::claimed_elsewhere(const Job& job, Milliseconds lease_left) {
  if (job.policy.reject_in_progress) co_return landed(Kind::busy, busy(lease_left));
  SteadyTime lease_end = job.loop->now() + lease_left + kSlack;
  for (nanoseconds pause = kFirstPoll;; pause = std::min(2 * pause, kLongestPoll)) {
    if (job.left() <= pause || job.call.context().handle()->cancelled()) {
      co_return landed(Kind::busy, busy(lease_left));
    }
    if (job.loop->now() >= lease_end) co_return std::nullopt;
    co_await sleep(job.loop, jittered(pause));
    Result<LookupResult> found =
        co_await calls_->lookup(job.loop, job.method, job.id, job.fingerprint, job.left());
    const AfterPoll next = after_poll(found);
    if (next == AfterPoll::replay) {
      co_return kept(std::make_shared<const StoredResult>(std::get<Replay>(*found).result));
    }
    if (next == AfterPoll::begin) co_return std::nullopt;
    if (!found) continue;
    lease_left = std::get<Busy>(*found).lease_left;
    lease_end = job.loop->now() + lease_left + kSlack;
  }
}

Landing Layer::kept(std::shared_ptr<const StoredResult> result) const {
  KeyedAnswer answer = replay(*result, calls_->options());
  return {std::move(answer), std::move(result), Kind::replayed};
}

std::shared_ptr<KeyedServer> Store::serve(std::shared_ptr<Store> self,
                                          const ServerOptions& options) {
  return std::make_shared<Layer>(std::move(self), options);
}

}  // namespace cpp_lite::idempotency
