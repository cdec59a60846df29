#include "client/state_board.h"

#include <utility>

namespace cpp_lite::client {

Future<ChannelState> StateBoard::other_than(ChannelState last) {
  const std::lock_guard lock(mutex_);
  if (state_ != last) return state_;
  std::erase_if(waiters_, [](const auto& waiter) { return !waiter.wanted(); });
  return waiters_.emplace_back().future();
}

StateBoard::Waiters StateBoard::show(ChannelState state) {
  const std::lock_guard lock(mutex_);
  if (state == state_ || state_ == ChannelState::shutdown) return {};
  state_ = state;
  return std::exchange(waiters_, {});
}

void StateBoard::tell(Waiters waiters, ChannelState state) {
  for (auto& waiter : waiters) waiter.set(state);
}

}  // namespace cpp_lite::client
