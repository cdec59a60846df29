// gRPC's message prefix: one flag byte (0 plain, 1 compressed), four bytes of length, big endian
// (PROTOCOL-HTTP2.md, "Length-Prefixed-Message").
#pragma once

#include <cpp_lite/status.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cpp_lite::wire {

inline constexpr std::size_t kPrefixSize = 5;
inline constexpr std::size_t kMaxMessage = 0xffffffff;

inline std::size_t length_of(std::span<const std::uint8_t, kPrefixSize> prefix) {
  return static_cast<std::size_t>(prefix[1]) << 24 | static_cast<std::size_t>(prefix[2]) << 16 |
         static_cast<std::size_t>(prefix[3]) << 8 | static_cast<std::size_t>(prefix[4]);
}

// Precondition: size <= kMaxMessage.
void write_prefix(std::span<std::uint8_t, kPrefixSize> at, bool compressed, std::size_t size);

// Appends prefix and message. Precondition as above.
void frame_into(std::vector<std::uint8_t>& out, bool compressed,
                std::span<const std::uint8_t> message);

// The in-place form: `framed` holds kPrefixSize free bytes and behind them the message.
void seal_frame(std::vector<std::uint8_t>& framed, bool compressed);

// Why a message of this size may not be sent; OK when it may.
Status check_sendable(std::size_t size, std::size_t limit);

// The message of a body that is one message, not compressed and no longer than `limit`; nothing: it
// is something else.
std::optional<std::span<const std::uint8_t>> only_message(std::span<const std::uint8_t> body,
                                                          std::size_t limit);

// Cuts a body into messages. Belongs to one direction of one stream and its thread.
//
//   state      input                        next state
//   prefix     five bytes, flag and size ok body
//   prefix     five bytes, else             failed
//   body       the last byte of a message   whole (next() returns message)
//   whole      next()                       prefix
//   failed     -                            failed
class FrameReader {
 public:
  enum class Result : std::uint8_t { need_more, message, failed };

  // Longer messages fail with RESOURCE_EXHAUSTED as soon as their prefix is there, before memory is
  // taken for them.
  explicit FrameReader(std::size_t limit) : limit_(limit) {}
  std::size_t limit() const { return limit_; }

  // Consumes bytes from the front of `input`, at most to the end of one message. After `message`
  // call it again: the rest of the input may hold more. need_more: the input is used up.
  Result next(std::span<const std::uint8_t>& input);

  // Whole messages, one behind the other, with their prefixes.
  struct Run {
    std::span<const std::uint8_t> bytes;
    std::size_t messages = 0;
  };
  // In place of next(), as often as that would return messages that lie in the input as a whole and
  // are not longer than the limit: consumes them. Not beyond a compressed one, unless they are
  // wanted, too.
  Run take_run(std::span<const std::uint8_t>& input, bool compressed_too);

  // Of the message that next() has just returned. bytes() points into the input when the whole
  // message lay in it, else into the reader, and lives no longer than either; take() makes it the
  // caller's.
  bool compressed() const { return compressed_; }
  std::span<const std::uint8_t> bytes() const { return message_; }
  std::vector<std::uint8_t> take();

  // The memory of a message that is not complete.
  std::size_t memory() const { return buffer_.capacity(); }
  // Nothing of a body has come yet.
  bool fresh() const { return state_ == State::prefix && prefix_size_ == 0; }
  // A body that ends now ends inside a message.
  bool truncated() const;
  // Why next() returned failed.
  const Status& failure() const { return failure_; }

 private:
  enum class State : std::uint8_t { prefix, body, whole, failed };

  bool read_prefix(std::span<const std::uint8_t>& input);
  Result read_body(std::span<const std::uint8_t>& input);
  void accept_prefix(std::span<const std::uint8_t, kPrefixSize> prefix);
  void append(std::span<const std::uint8_t> part);
  void start_next();
  Result finish(std::span<const std::uint8_t> message);
  void fail(Status failure);

  std::size_t limit_;
  State state_ = State::prefix;
  bool compressed_ = false;
  std::uint8_t prefix_size_ = 0;
  std::array<std::uint8_t, kPrefixSize> prefix_{};
  std::size_t length_ = 0;
  std::vector<std::uint8_t> buffer_;
  std::span<const std::uint8_t> message_;
  Status failure_;
};

}  // namespace cpp_lite::wire
