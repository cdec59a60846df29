// The messages of one request: those that wait for a connection, and those that may have to be sent
// again.
#pragma once

#include <cpp_lite/channel.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace cpp_lite::client {

// Belongs to one call and its loop. Messages are framed: prefix and body.
//
// A stream that the peer refused unprocessed is sent once more on another connection (calls.md 4.5,
// row 5), so what was sent is kept until the response begins or there is more of it than
// kReplayLimit; then the call can only fail.
class Outgoing {
 public:
  static constexpr std::size_t kReplayLimit = 256 << 10;

  // Before the stream is open: a message waits.
  void add(Bytes framed);
  // The stream is open: gives every message to send(Bytes, bool last), in order. `last`: with it
  // the writing side ends. Keeps copies where that is allowed.
  template <typename Send>
  void start(Send send) {
    const bool keep = replayable_ && size_ <= kReplayLimit;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const bool last = closed_ && i + 1 == messages_.size();
      if (keep) {
        send(Bytes(messages_[i]), last);
      } else {
        send(std::move(messages_[i]), last);
      }
    }
    if (closed_ && messages_.empty()) send(Bytes(), true);
    if (!keep) commit();
  }
  // A message is sent on the open stream.
  void sent(const Bytes& framed);
  void close() { closed_ = true; }

  bool closed() const { return closed_; }
  std::size_t size() const { return size_; }  // bytes kept
  // Everything that was ever sent is still here.
  bool replayable() const { return replayable_; }
  // Sending again is out of the question from now on.
  void commit();

 private:
  std::vector<Bytes> messages_;
  std::size_t size_ = 0;
  bool closed_ = false;
  bool replayable_ = true;
};

}  // namespace cpp_lite::client
