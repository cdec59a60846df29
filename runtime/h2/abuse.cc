#include "h2/abuse.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cpp_lite::h2 {
namespace {

// RFC 9113 section 6 and 7.
enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kWindowUpdate = 8,
  kContinuation = 9,
};
constexpr std::uint8_t kAck = 0x1, kEndStream = 0x1, kEndHeaders = 0x4;
constexpr std::uint32_t kFrameSizeError = 0x6, kCalm = 0xb;
constexpr std::uint64_t kWindowUpdatesAnyway = 5;
constexpr std::uint32_t kPrioritySize = 5;
constexpr std::size_t kBytesOfAGlitch = 4 << 10;  // of decoded headers

constexpr Verdict kResets{Attack::rapid_resets, kCalm, "too many streams were reset"};
constexpr Verdict kBadPriority{Attack::protocol_errors, kFrameSizeError, "PRIORITY of a bad size"};
constexpr Verdict kGlitches{Attack::glitch_floods, kCalm, "too many frames that mean nothing"};
constexpr Verdict kEmpty{Attack::empty_frame_floods, kCalm, "too many empty frames"};
constexpr Verdict kPriorities{Attack::priority_floods, kCalm, "too many PRIORITY frames"};
constexpr Verdict kUpdates{Attack::window_update_floods, kCalm, "too many WINDOW_UPDATE frames"};

}  // namespace

const Verdict* Abuse::frame(const FrameHead& head) {
  switch (head.type) {
    case kData:
      return content(head, kEndStream);
    case kHeaders:
      if (head.id > highest_) {
        highest_ = head.id;
        ++opened_;
      }
      return content(head, kEndHeaders);
    case kContinuation:
      return content(head, kEndHeaders);
    case kPriority:
      return priority(head);
    case kRstStream:
      return ++resets_ > opened_ ? glitch() : nullptr;
    case kWindowUpdate: {
      const std::uint64_t most =
          kWindowUpdatesAnyway + limits_.window_updates * (opened_ + 10 * data_sent_);
      return ++window_updates_ > most ? &kUpdates : nullptr;
    }
    case kSettings:
      return ++settings_ > 1 ? glitch() : nullptr;
    case kPing:
      return (head.flags & kAck) != 0 ? glitch() : nullptr;  // others: PingStrikes
    default:
      return glitch();
  }
}

const Verdict* Abuse::content(const FrameHead& head, std::uint8_t end_flag) {
  if (head.length > 0 || (head.flags & end_flag) != 0) {
    empty_in_a_row_ = 0;
    return nullptr;
  }
  return ++empty_in_a_row_ > limits_.empty_frames ? &kEmpty : nullptr;
}

const Verdict* Abuse::priority(const FrameHead& head) {
  if (head.length != kPrioritySize) return &kBadPriority;
  return ++priorities_ > limits_.priorities * (1 + opened_) ? &kPriorities : nullptr;
}

const Verdict* Abuse::glitch() { return ++new_glitches_ > limits_.glitches ? &kGlitches : nullptr; }

const Verdict* Abuse::late_data(std::uint32_t length) {
  late_bytes_ += std::max(length, 1U);
  return late_bytes_ > (1 + opened_) * window_ ? glitch() : nullptr;
}

const Verdict* Abuse::decoded_for_nothing(std::size_t bytes) {
  new_glitches_ += bytes / kBytesOfAGlitch;
  return new_glitches_ > limits_.glitches ? &kGlitches : nullptr;
}

const Verdict* Abuse::closed_early() {
  ++early_;
  const std::uint64_t sample = limits_.reset_sample + most_open_ - 1;
  return closed_ >= sample && 2 * early_ > closed_ ? &kResets : nullptr;
}

const Verdict* Abuse::settle(SteadyTime now) {
  const std::chrono::duration<double> passed = now - std::exchange(settled_, now);
  glitches_ = std::max(0.0, glitches_ - passed.count() * limits_.glitches_per_second) +
              static_cast<double>(std::exchange(new_glitches_, 0));
  return glitches_ > limits_.glitches ? &kGlitches : nullptr;
}

}  // namespace cpp_lite::h2
