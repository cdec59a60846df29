// What a server does about what its store said (docs/rules.md, "Keys"). Pure: tests/explorer walks
// through all that these functions, state.h and outcome.h allow together.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace cpp_lite::idempotency {

// As the store can keep them.
Effects kept_effects(const KeyPolicy& policy, const Capabilities& can);

// Until when, from its first begin(), a key may be run again (docs/rules.md, "Window").
Milliseconds rerun_until(const KeyPolicy& policy, Effects effects);

// The lease of claims that are renewed, and for how long a transaction of another method may keep
// the store from doing anything else; then nothing is renewed.
struct Leases {
  Milliseconds renewed;
  Milliseconds held_up{0};
};

// Fills in what depends on the method alone.
void set_terms(BeginArgs& args, const KeyPolicy& policy, Effects effects, const Leases& leases);
bool is_renewed(const KeyPolicy& policy, Effects effects, const Leases& leases);

// The begin() of one request, asked until it is heard. Those without an answer may have been
// applied, or may be yet: each of their tokens may hold the key (docs/rules.md, "Begin, asked
// again").
class Claiming {
 public:
  explicit Claiming(BeginArgs args) : args_(std::move(args)) {}

  // What to ask now.
  const BeginArgs& args() const { return args_; }
  // No answer came.
  void unheard(const Token& fresh);
  // This one came. True: whoever has the key may be this very request, so ask again, at once.
  bool may_be_own(const BeginResult& said);
  // To be released, should nothing be executed.
  std::vector<Token> take_unheard() { return std::move(unheard_); }

 private:
  void name_previous();

  BeginArgs args_;
  std::vector<Token> unheard_;  // oldest first
  std::vector<Token> untried_;  // since the last failure, as `previous`
};

enum class AfterBegin : std::uint8_t { execute, replay, mismatch, unknown, refuse, wait };
AfterBegin after_begin(const BeginResult& said);

// Another process has the key. begin: it is free, or somebody has to find out.
enum class AfterPoll : std::uint8_t { replay, poll, begin };
AfterPoll after_poll(const Result<LookupResult>& said);

// read_back: an earlier complete() was applied, so that the record has the answer.
enum class AfterComplete : std::uint8_t { answer, read_back, fence_lost, repeat };
AfterComplete after_complete(const Result<CompleteResult>& said);

// settle: it was refused, or its acknowledgement was lost. It is never repeated.
enum class AfterCommit : std::uint8_t { answer, fence_lost, settle };
AfterCommit after_commit(const Result<CompleteResult>& said);

// Another execution has the key: never begin(). come_back: the caller may ask again.
enum class AfterFenceLost : std::uint8_t { replay, come_back, unknown, poll };
AfterFenceLost after_fence_lost(const Result<LookupResult>& said, Effects effects,
                                Milliseconds rerun_until);

// Of yield(), mark_unknown() and renew().
bool lost_fence(const Result<FenceResult>& said);

// Whether a claim that is given up tells its caller that nothing was executed: whoever holds the
// key by now, this attempt was the first and did nothing.
bool proves_nothing_ran(std::uint32_t attempt);

}  // namespace cpp_lite::idempotency
