// What a client must make of what a peer did to one of its attempts (docs/rules.md, "Outcomes").
// For the reference model: nothing of the runtime is asked.
#pragma once

#include <cpp_lite/method.h>
#include <cpp_lite/status.h>

#include <optional>
#include <string>
#include <vector>

#include "scripted_peer.h"

namespace cpp_lite::retries {

enum class Fate : std::uint8_t {
  ok,
  not_sent,
  refused,
  declared,
  rejected,
  lost,
  committed,
  cancelled,  // these two end the call, whatever the attempt was doing
  out_of_time,
};

inline bool proven(Fate fate) {
  return fate == Fate::not_sent || fate == Fate::refused || fate == Fate::declared;
}

struct End {
  Fate fate = Fate::lost;
  SteadyTime at = {};
  Code code = Code::unavailable;
  bool timed_out = false;
  std::vector<std::string> pushbacks = {};
  std::optional<std::string> words = {};  // of the peer's status
};

// As the peer ended it, if nobody else does before; at SteadyTime::max() if it did not.
End how_it_ended(const Seen& attempt, const Method& method, bool trust_refused);

// R23 to R26. Nothing: none was sent. Negative: do not repeat.
std::optional<int> pushback_of(const std::vector<std::string>& values);

}  // namespace cpp_lite::retries
