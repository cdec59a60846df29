// Where a channel shows its state to other threads.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/future.h>

#include <mutex>
#include <vector>

namespace cpp_lite::client {

// Thread-safe. Shown on the channel's loop.
class StateBoard {
 public:
  using Waiters = std::vector<detail::Promise<ChannelState>>;

  StateBoard() = default;
  ~StateBoard() { tell(show(ChannelState::shutdown), ChannelState::shutdown); }
  StateBoard(const StateBoard&) = delete;
  StateBoard& operator=(const StateBoard&) = delete;

  ChannelState state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  Future<ChannelState> other_than(ChannelState last);
  // Whom to tell(). Nobody, if it is no other state; SHUTDOWN is the last one.
  [[nodiscard]] Waiters show(ChannelState state);
  // Runs code of users.
  static void tell(Waiters waiters, ChannelState state);

 private:
  mutable std::mutex mutex_;
  ChannelState state_ = ChannelState::idle;  // guarded by mutex_
  Waiters waiters_;                          // likewise; for any other state
};

}  // namespace cpp_lite::client
