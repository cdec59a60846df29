// What a server bears from a client that attacks it (docs/limits.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cpp_lite {

// Of one connection. A client that exceeds a number loses it: GOAWAY ENHANCE_YOUR_CALM with words,
// and one more in the counter of ServerStats that is named here. No honest client comes near.
struct AbuseLimits {
  // rapid_resets: so many streams are over, and as many more as were open at once (whoever has 900
  // calls may drop them all), and more than half of them were cancelled within early_reset (and in
  // the first 90 % of their own time), or were malformed.
  std::uint32_t reset_sample = 500;
  std::chrono::nanoseconds early_reset = std::chrono::seconds(1);
  // header_floods: CONTINUATION frames and compressed bytes of one header block (more of both where
  // max_header_list exceeds header_block).
  std::uint32_t continuations = 8;
  std::uint32_t header_block = 64 << 10;
  // headers_over_limit: a call with more, or more bytes than max_header_list, ends with
  // RESOURCE_EXHAUSTED; the connection stays.
  std::uint32_t header_fields = 100;
  // control_floods: entries of one SETTINGS frame; acknowledgements, and frames of all kinds but
  // DATA, that wait because the client does not read.
  std::uint32_t settings_entries = 32;
  std::uint32_t queued_acks = 1000;
  std::uint32_t queued_frames = 10'000;
  // empty_frame_floods: one after the other.
  std::uint32_t empty_frames = 1;
  // priority_floods: PRIORITY frames for each stream, and this once more.
  std::uint32_t priorities = 100;
  // window_update_floods: WINDOW_UPDATE frames for each stream and, ten times this, for each DATA
  // frame that was sent; and 5.
  std::uint32_t window_updates = 2;
  // glitch_floods: frames that mean nothing here, such as unknown ones, SETTINGS over and over, and
  // frames for streams that are long over: so many at once, and so many a second.
  std::uint32_t glitches = 10'000;
  std::uint32_t glitches_per_second = 330;
};

}  // namespace cpp_lite
