// One keyed request: what it asks for, and how long each step of it may take.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed_server.h>
#include <cpp_lite/loop.h>

#include <memory>
#include <string>

#include "idempotency/decisions.h"

namespace cpp_lite::idempotency {

// Lives in the frame of the request; the method and its policy live in generated code.
struct Job {
  const Method& method;
  const KeyPolicy& policy;
  KeyedCall& call;
  std::shared_ptr<Loop> loop;
  Effects effects;  // as the store can keep them
  Leases leases;
  Id id{};
  Fingerprint fingerprint = {};
  std::string key = {};
  Label label = {};
  SteadyTime arrived{};
  SteadyTime deadline{};   // of the caller
  SteadyTime answer_by{};  // one margin before it (docs/rules.md D12)

  // Until it has to be answered; long where there is no deadline. Never negative.
  std::chrono::nanoseconds left() const;
  Milliseconds ttl() const { return std::chrono::ceil<Milliseconds>(policy.ttl); }
};

// How often those ask who wait for what another process does.
inline constexpr std::chrono::nanoseconds kFirstPoll = Milliseconds(10);
inline constexpr std::chrono::nanoseconds kLongestPoll = Milliseconds(250);

BeginArgs begin_args(const Job& job, const IdempotencyOptions& options, const Owner& owner,
                     const Token& token);

// This process, for people and tools.
Owner this_owner();

}  // namespace cpp_lite::idempotency
