// The client's messages of one call, on their way from the wire to the handler.
#pragma once

#include <cpp_lite/channel.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "wire/compress.h"
#include "wire/frame.h"

namespace cpp_lite::server {

// Belongs to the connection's loop. Knows what the client may still send: bytes are given back to
// its window when they are no message yet, or when their message was taken. Compressed messages
// wait as they came, so that the window bounds the memory of what nobody reads.
class Inbox {
 public:
  Inbox(std::size_t limit, wire::Gunzip& gunzip) : limit_(limit), gunzip_(gunzip), reader_(limit) {}

  void set_encoding(wire::Encoding encoding) { encoding_ = encoding; }
  // Body bytes from the wire. An error ends the call.
  Status feed(std::span<const std::uint8_t> bytes);
  // The body is complete. An error ends the call.
  Status end();
  // In place of both, for a body that is one plain message and came whole: that message, in
  // `bytes`. Nothing, and nothing happened: it is something else.
  std::optional<std::span<const std::uint8_t>> only(std::span<const std::uint8_t> bytes);

  std::size_t received() const { return received_; }  // messages so far, taken ones included
  bool empty() const { return first_ == messages_.size(); }
  bool ended() const { return ended_; }
  // The oldest message, inflated. An error ends the call. Precondition: !empty().
  Status take(Bytes& message);
  // The message that was taken last came compressed.
  bool took_compressed() const { return took_compressed_; }
  // Forgets all of it.
  void clear();
  // How many bytes the client may send again; once.
  std::size_t take_credit();
  // The memory of the messages that wait, and of the one that is not complete.
  std::size_t memory() const { return waiting_ + reader_.memory(); }

 private:
  struct Message {
    Bytes bytes;
    bool compressed;
    std::size_t wire_size;
  };
  Status keep();
  Message pop();

  const std::size_t limit_;
  wire::Gunzip& gunzip_;
  wire::FrameReader reader_;
  wire::Encoding encoding_ = wire::Encoding::identity;
  std::vector<Message> messages_;  // those before first_ are taken
  std::size_t first_ = 0;
  std::size_t waiting_ = 0;  // their memory
  std::size_t received_ = 0;
  std::size_t held_ = 0;    // wire bytes not yet given back
  std::size_t credit_ = 0;  // wire bytes to give back
  bool ended_ = false;
  bool took_compressed_ = false;
};

}  // namespace cpp_lite::server
