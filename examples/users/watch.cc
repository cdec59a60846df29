#include "watch.h"

#include <utility>

namespace users {

Watch::News Watch::take() {
  News news;
  std::lock_guard lock(mutex_);
  news.states = std::exchange(waiting_, {});
  news.end = end_;
  if (news.states.empty() && !news.end) news.change = changed_.wait();
  return news;
}

void Watch::add(const v1::User& state) {
  std::lock_guard lock(mutex_);
  if (end_) return;
  if (waiting_.size() < kMostWaiting) return waiting_.push_back(state);
  end_ = cpp_lite::Status(cpp_lite::Code::resource_exhausted, "too far behind the changes");
}

void Watch::end(cpp_lite::Status why) {
  std::lock_guard lock(mutex_);
  if (!end_) end_ = std::move(why);
}

}  // namespace users
