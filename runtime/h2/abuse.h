// Counts what only an attacker does often, and says when it is enough.
#pragma once

#include <cpp_lite/abuse.h>
#include <cpp_lite/deadline.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "h2/frame_scanner.h"

namespace cpp_lite::h2 {

// Why a client lost its connection. The server's statistics have a counter for each.
enum class Attack : std::uint8_t {
  none,
  rapid_resets,
  protocol_errors,
  glitch_floods,
  header_floods,
  control_floods,
  empty_frame_floods,
  priority_floods,
  window_update_floods,
};
inline constexpr std::size_t kAttacks = 9;

// "Hang up": the code of the GOAWAY, and its words.
struct Verdict {
  Attack attack = Attack::none;
  std::uint32_t error = 0;
  const char* words = "";
};

// One client's record, at the server. Pure. A null Verdict means that all is well.
class Abuse {
 public:
  Abuse(const AbuseLimits& limits, std::uint32_t stream_window)
      : limits_(limits), window_(stream_window) {}

  // A frame's head has come.
  const Verdict* frame(const FrameHead& head);
  // We have sent a DATA frame.
  void data_sent() { ++data_sent_; }
  // DATA came for a stream that is over and that the client had not ended: it may have crossed our
  // reset, as long as it is no more than the windows allowed.
  const Verdict* late_data(std::uint32_t length);
  // A header list over the limit was decoded, which costs much where HPACK's table is used well.
  const Verdict* decoded_for_nothing(std::size_t bytes);
  // A stream was opened; so many are open.
  void opened(std::size_t open) { most_open_ = std::max<std::uint64_t>(most_open_, open); }
  // A stream is over. `early`: because the client took it back soon, or broke a rule on it.
  const Verdict* closed(bool early) {
    ++closed_;
    return early ? closed_early() : nullptr;
  }
  // Time heals: to be asked after frames were counted while restless().
  bool restless() const { return new_glitches_ > 0; }
  const Verdict* settle(SteadyTime now);

 private:
  const Verdict* content(const FrameHead& head, std::uint8_t end_flag);
  const Verdict* priority(const FrameHead& head);
  const Verdict* glitch();
  const Verdict* closed_early();

  const AbuseLimits limits_;
  const std::uint64_t window_;
  std::int32_t highest_ = 0;  // stream
  std::uint32_t empty_in_a_row_ = 0;
  std::uint64_t opened_ = 0, closed_ = 0, early_ = 0;
  std::uint64_t most_open_ = 1;  // streams at once
  std::uint64_t resets_ = 0, settings_ = 0, priorities_ = 0, window_updates_ = 0;
  std::uint64_t data_sent_ = 0, late_bytes_ = 0;
  std::uint64_t new_glitches_ = 0;  // since settle()
  double glitches_ = 0;             // until then; they fade
  SteadyTime settled_{};
};

}  // namespace cpp_lite::h2
