// The client's messages of one call, on their way from the wire to the handler.
#pragma once

#include <cpp_lite/channel.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "wire/compress.h"
#include "wire/message_queue.h"

namespace cpp_lite::server {

// Belongs to the connection's loop. Knows what the client may still send: bytes are given back to
// its window when they are no message yet, or when their message was taken. Compressed messages
// wait as they came, so that the window bounds the memory of what nobody reads.
class Inbox {
 public:
  Inbox(std::size_t limit, wire::Gunzip& gunzip) : gunzip_(gunzip), messages_(limit) {}

  void set_encoding(wire::Encoding encoding) { messages_.set_encoding(encoding); }
  // Body bytes from the wire, where messages may be read until settle(). An error ends the call.
  Status lend(std::span<const std::uint8_t> bytes);
  void settle() { messages_.settle(); }
  Status feed(std::span<const std::uint8_t> bytes) {  // both
    Status status = lend(bytes);
    settle();
    return status;
  }
  // The body is complete. An error ends the call.
  Status end();
  // In place of both, for a body that is one plain message and came whole: that message, in
  // `bytes`. Nothing, and nothing happened: it is something else.
  std::optional<std::span<const std::uint8_t>> only(std::span<const std::uint8_t> bytes);

  std::size_t received() const { return only_ + messages_.added(); }  // messages, taken ones too
  bool empty() const { return messages_.empty(); }
  bool ended() const { return ended_; }
  // The oldest message, inflated. An error ends the call. Precondition: !empty().
  Status take(Bytes& message);
  // The same where it lies, until anything else is done; then it may be dropped. Nothing: it is to
  // be taken, or there is none.
  std::optional<std::span<const std::uint8_t>> front() const;
  void drop_front();
  // The message that was taken last came compressed.
  bool took_compressed() const { return took_compressed_; }
  // Forgets all of it.
  void clear();
  // How many bytes the client may send again; once.
  std::size_t take_credit() { return std::exchange(credit_, 0); }
  std::size_t credit() const { return credit_; }
  // The memory of the messages that wait, and of the one that is not complete.
  std::size_t memory() const { return messages_.memory(); }

 private:
  void give_back(std::size_t wire_size);

  wire::Gunzip& gunzip_;
  wire::MessageQueue messages_;
  std::size_t held_ = 0;    // wire bytes not yet given back
  std::size_t credit_ = 0;  // wire bytes to give back
  std::uint8_t only_ = 0;   // messages that only() gave
  bool ended_ = false;
  bool took_compressed_ = false;
};

}  // namespace cpp_lite::server
