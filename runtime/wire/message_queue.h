// The messages of one body that nobody has taken yet.
#pragma once

#include <cpp_lite/status.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wire/compress.h"
#include "wire/frame.h"

namespace cpp_lite::wire {

// Belongs to one direction of one stream and its thread. Small messages are taken from where they
// arrived, or wait many in one piece of memory; large ones have memory of their own, which their
// taker gets. Compressed messages wait as they came.
//
// Memory: what waits takes at most twice its bytes, beside a piece of kPiece, the oldest, of which
// some messages may have been taken.
class MessageQueue {
 public:
  static constexpr std::size_t kPiece = 16 << 10;

  // Of messages, as FrameReader has it.
  explicit MessageQueue(std::size_t limit) : reader_(limit) {}
  std::size_t limit() const { return reader_.limit(); }

  // Compressed messages are an error unless there is one.
  void set_encoding(Encoding encoding) { encoding_ = encoding; }

  // Adds the messages that are complete with `bytes`. Those that lie in there stay there until
  // settle(), and so must the bytes. Not OK: something is wrong with the next message; nothing is
  // lent then.
  Status lend(std::span<const std::uint8_t> bytes);
  // Copies those that were not taken.
  void settle();

  std::size_t added() const { return added_; }  // messages so far, taken ones included
  bool empty() const { return waiting_ == 0; }
  // The oldest message, where it lies. Valid until anything else is done. Precondition for all
  // four: !empty().
  struct Message {
    std::span<const std::uint8_t> bytes;
    bool compressed;
    bool single;  // in memory of its own, and large perhaps
    std::size_t wire_size() const { return kPrefixSize + bytes.size(); }
  };
  Message front() const;
  void drop();
  std::vector<std::uint8_t> take();  // its bytes, and drops it

  // A body that ends now ends inside a message.
  bool truncated() const { return reader_.truncated(); }
  // Nothing of a body has come yet.
  bool fresh() const { return added_ == 0 && reader_.fresh(); }
  // Forgets all of it, but not how many there were.
  void clear();
  // Of the messages that wait, lent bytes apart, and of the one that is not complete.
  std::size_t memory() const { return memory_ + reader_.memory(); }

 private:
  // One message, or many with their prefixes.
  struct Piece {
    std::vector<std::uint8_t> bytes;
    std::size_t at;  // the first one that was not taken
    bool single;
    bool compressed;  // a single one
  };
  Status keep();
  void gather(std::span<const std::uint8_t> framed);
  void append(Piece piece);
  void drop_piece();

  FrameReader reader_;
  Encoding encoding_ = Encoding::identity;
  std::vector<Piece> pieces_;  // those before first_ are gone
  std::size_t first_ = 0;
  std::span<const std::uint8_t> lent_;  // behind the pieces: whole messages with their prefixes
  std::size_t added_ = 0;
  std::size_t waiting_ = 0;  // messages
  std::size_t memory_ = 0;   // of the pieces
};

}  // namespace cpp_lite::wire
