// The messages of one request: those that wait for a connection, and those that may have to be sent
// again.
#pragma once

#include <cpp_lite/block.h>
#include <cpp_lite/channel.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "h2/body.h"

namespace cpp_lite::client {

// What the calls of a channel may keep in order to send it again (docs/rules.md R18 to R20).
// Belongs to the channel and its loop.
class ReplayMemory {
 public:
  ReplayMemory(std::size_t per_call, std::size_t per_channel)
      : per_call_(per_call), left_(per_channel) {}

  std::size_t per_call() const { return per_call_; }
  bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  void give_back(std::size_t bytes) { left_ += bytes; }

 private:
  const std::size_t per_call_;
  std::size_t left_;
};

// What is kept of one request. Attempts side by side keep the same messages, and share this one, so
// that they are paid for once, as long as one of them may need them. Belongs to a call and its
// loop.
class ReplayCharge {
 public:
  explicit ReplayCharge(ReplayMemory& memory) : memory_(memory) {}
  ~ReplayCharge() { release(); }
  ReplayCharge(const ReplayCharge&) = delete;
  ReplayCharge& operator=(const ReplayCharge&) = delete;

  // Pays for so many bytes, counted from the beginning of the request. False: there is no room.
  bool cover(std::size_t bytes);
  void release() {
    // Untouched otherwise: a call that never began may end on any thread.
    if (taken_ > 0) memory_.give_back(std::exchange(taken_, 0));
  }

 private:
  ReplayMemory& memory_;
  std::size_t taken_ = 0;
};

// Belongs to one call and its loop. Messages are framed: prefix and body.
//
// What was sent is kept until commit(), or until there is more of it than the memory allows: then
// the call cannot be repeated any more.
class Outgoing {
 public:
  // `shared`: of an attempt beside others, what they have in common.
  explicit Outgoing(ReplayMemory& memory, std::shared_ptr<ReplayCharge> shared = nullptr)
      : own_(memory), shared_(std::move(shared)) {}
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  // While there is no stream: a message waits.
  void add(h2::Body framed);
  // There is a stream: gives every message to send(h2::Body, bool last), in order. `last`: with it
  // the writing side ends. Keeps them where that is allowed.
  template <typename Send>
  void start(Send send) {
    const bool keep = reserve();
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const bool last = closed_ && i + 1 == messages_.size();
      send(keep ? messages_[i].share() : std::move(messages_[i]), last);
    }
    if (closed_ && messages_.empty()) send(h2::Body(), true);
    if (!keep) commit();
  }
  // A message for the open stream: keeps it, and gives what is to be sent.
  h2::Body sent(h2::Body framed);
  void close() { closed_ = true; }

  bool closed() const { return closed_; }
  std::size_t size() const { return size_; }  // bytes kept
  // Everything that was ever sent is still here.
  bool replayable() const { return replayable_; }
  // Sending again is out of the question from now on.
  void commit();

 private:
  // Pays for all of size_. False: there is no room.
  bool reserve();

  ReplayCharge own_;
  std::shared_ptr<ReplayCharge> shared_;  // null: own_ counts; from commit() on neither does
  std::vector<h2::Body, detail::BlockAllocator<h2::Body>> messages_;
  std::size_t size_ = 0;
  bool closed_ = false;
  bool replayable_ = true;
};

}  // namespace cpp_lite::client
