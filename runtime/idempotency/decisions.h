// What a server does about what its store said (calls.md 4.6). Pure: tests/explorer walks through
// all that these functions, state.h and outcome.h allow together.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed.h>

#include <cstdint>

namespace cpp_lite::idempotency {

// As the store can keep them.
Effects kept_effects(const KeyPolicy& policy, const Capabilities& can);

// Until when, from its first begin(), a key may be run again (calls.md 4.6, "Window").
Milliseconds rerun_until(const KeyPolicy& policy, Effects effects);

// Fills in what depends on the method alone. `renewed`: the lease of claims that are renewed.
void set_terms(BeginArgs& args, const KeyPolicy& policy, Effects effects, Milliseconds renewed);

// The same request, after a begin() without an answer.
void ask_again(BeginArgs& args, const Token& fresh);

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
