// The messages of one response on their way from the wire to the reader.
#pragma once

#include <cpp_lite/block.h>
#include <cpp_lite/channel.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wire/compress.h"
#include "wire/frame.h"

namespace cpp_lite::client {

// Belongs to one call and its loop. Keeps account of what the peer's flow-control window is owed:
// bytes are paid back when their message is taken, or earlier when somebody is waiting for it, so
// that a message that is larger than the window arrives. Compressed messages wait as they came, so
// that the window bounds the memory of what nobody reads.
class Incoming {
 public:
  // Larger messages are refused, inflated ones too.
  explicit Incoming(std::size_t limit) : reader_(limit), limit_(limit) {}

  void set_encoding(wire::Encoding encoding) { encoding_ = encoding; }
  // Body bytes from the wire. An error ends the call.
  Status feed(std::span<const std::uint8_t> bytes);
  // The body would end inside a message if it ended now.
  bool truncated() const { return reader_.truncated(); }

  std::size_t received() const { return received_; }  // messages so far
  bool empty() const { return next_ == messages_.size(); }
  // Inflates the oldest message where it waits, if there is one that needs it. An error ends the
  // call.
  Status open(wire::Gunzip& gunzip);
  // The oldest message. Precondition: !empty(), and open() was OK with it.
  Bytes pop();
  // Takes back what pop() gave, for the next pop().
  void put_back(Bytes message);
  void discard();
  // From the beginning, for another response. What came so far is not paid back: its stream is
  // over.
  void restart() { *this = Incoming(limit_); }

  // How many bytes the peer may send again; once. `hungry`: somebody waits for the next message.
  std::size_t take_credit(bool hungry);
  // The memory of the messages that wait.
  std::size_t memory() const;

 private:
  struct Message {
    Bytes bytes;
    bool compressed;
    std::size_t wire_size;  // not yet paid back
  };
  Status keep();

  wire::FrameReader reader_;
  std::size_t limit_;
  wire::Encoding encoding_ = wire::Encoding::identity;
  std::vector<Message, detail::BlockAllocator<Message>> messages_;  // from next_ on
  std::size_t next_ = 0;
  std::size_t received_ = 0;
  std::size_t unfinished_ = 0;  // wire bytes of the message that is arriving, not yet paid back
  std::size_t credit_ = 0;
};

}  // namespace cpp_lite::client
