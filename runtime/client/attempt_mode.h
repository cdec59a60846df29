// What makes a ClientCall one of several attempts of a call that run side by side (hedging).
#pragma once

#include <cpp_lite/attempt.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/channel_retries.h"
#include "client/outgoing.h"
#include "policy/retry_decider.h"

namespace cpp_lite::client {

class ClientCall;

// Who sends attempts; outlives their activity. On their loop.
class AttemptOwner {
 public:
  // Where attempts went so far, for the next ones to go elsewhere.
  virtual std::span<const std::string> endpoints() const = 0;
  // The number of an attempt that is about to be sent.
  virtual int next_number() = 0;
  // attempt_timeout does not apply to the one that is under way now (docs/rules.md D15).
  virtual bool last_permitted() const = 0;
  // A refused stream is repeated for free once in a call (docs/rules.md R39): is this that time?
  virtual bool may_repeat_refused() = 0;
  // It has a stream; again, when it is repeated for free.
  virtual void on_attempt_sent(ClientCall& call, std::string_view peer) = 0;
  // Its response begins, and may be shown: of streams.
  virtual void on_response_begun(ClientCall& call) = 0;
  // It is over, and has not told its readers yet.
  virtual void on_attempt_over(ClientCall& call) = 0;

 protected:
  ~AttemptOwner() = default;
};

// Such a call has no parent and is repeated only where that is free; what holds for the logical
// call was narrowed by the config already.
struct AttemptMode {
  AttemptOwner& owner;
  CallConfig config;
  std::shared_ptr<ReplayCharge> charge;        // for the request, which is the same in all of them
  bool as_a_whole = false;                     // the user sees the response at the end, or nothing
  int previous_attempts = 0;                   // what the peer is told
  int number = 1;                              // Attempt::number of what is under way
  std::chrono::nanoseconds delay = {};         // before it
  bool sent = false;                           // it had a stream
  std::vector<Attempt> attempts = {};          // what became of it; the last one is not judged yet
  std::optional<policy::AttemptEnd> end = {};  // of the last one; empty: it ended before it began
};

}  // namespace cpp_lite::client
