// One attempt of a call: what became of it, and why it was or was not repeated
// (docs/guide/retries.md).
#pragma once

#include <cpp_lite/export.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cpp_lite {

enum class Code : std::uint8_t;

// What is known of an attempt when it is over. Only the first three prove that nothing was
// executed.
enum class Outcome : std::uint8_t {
  not_sent,   // no byte of it left this side
  refused,    // REFUSED_STREAM, or GOAWAY below its stream: the peer did nothing with it
  declared,   // the server's runtime said so: cpp-lite-not-executed
  rejected,   // an error instead of a response
  lost,       // the stream or the connection ended, or attempt_timeout passed
  committed,  // the response had begun, or what was sent is not kept any more
  local,      // this side ended it: cancelled, too large, a limit
  ok,
};

// "NOT_SENT", "REFUSED", ...
CPP_LITE_API std::string_view to_string(Outcome outcome);

struct Attempt {
  int number = 1;             // in the order of sending, from 1
  int previous_attempts = 0;  // what the peer was told: repetitions that are free do not count
  std::string peer = {};      // "ipv4:10.0.0.7:50051"; empty: it got no connection
  Outcome outcome = Outcome::local;
  Code code = {};
  std::uint64_t bytes_sent = 0;           // of messages, with their prefixes
  std::chrono::nanoseconds delay = {};    // waited before it
  std::chrono::nanoseconds elapsed = {};  // from its pick to its end
  std::chrono::nanoseconds remaining =
      std::chrono::nanoseconds::max();  // of the deadline, at its end, never negative; max(): none
  std::string verdict = {};             // "repeated: ...", "stopped: ...", "won", ...: in words
};

}  // namespace cpp_lite
