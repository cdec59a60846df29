// What the end of a call says about the server's health.
#pragma once

#include <cpp_lite/channel.h>

#include <cstdint>

namespace cpp_lite::policy {

enum class Judgement : std::uint8_t {
  success,
  failure,  // the server, or the way to it, is in trouble
  ignored,  // says nothing: the application's own answers, cancelled calls, stored responses
};

// docs/rules.md, "Trouble": failures are UNAVAILABLE, DEADLINE_EXCEEDED of either side,
// RESOURCE_EXHAUSTED, INTERNAL and UNKNOWN. What a policy of this side refused, IDEMPOTENCY_*
// answers and replays are ignored.
Judgement judge(const RawReply& reply);
// Whether the call says how the server took it at all: not if it was cancelled or never left.
bool reached_an_end(const RawReply& reply);

}  // namespace cpp_lite::policy
