// One keyed request: what it asks for, and how long each step of it may take.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed_server.h>
#include <cpp_lite/loop.h>

#include <memory>
#include <string>

namespace cpp_lite::idempotency {

// Lives in the frame of the request; the method and its policy live in generated code.
struct Job {
  const Method& method;
  const KeyPolicy& policy;
  KeyedCall& call;
  std::shared_ptr<Loop> loop;
  Effects effects;  // as the store can keep them
  Id id{};
  Fingerprint fingerprint = {};
  std::string key = {};
  Label label = {};
  SteadyTime arrived{};
  SteadyTime deadline{};   // of the caller
  SteadyTime answer_by{};  // one margin before it (calls.md D12)

  Milliseconds ttl() const { return std::chrono::ceil<Milliseconds>(policy.ttl); }
};

// `lease` is that of the store's claims where the handler renews them.
BeginArgs begin_args(const Job& job, const IdempotencyOptions& options, const Owner& owner);

// This process, for people and tools.
Owner this_owner();

}  // namespace cpp_lite::idempotency
