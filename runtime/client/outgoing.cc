#include "client/outgoing.h"

#include <utility>

namespace cpp_lite::client {

bool ReplayCharge::cover(std::size_t bytes) {
  if (bytes > memory_.per_call()) return false;
  if (bytes <= taken_) return true;
  if (!memory_.take(bytes - taken_)) return false;
  taken_ = bytes;
  return true;
}

void Outgoing::add(h2::Body framed) {
  size_ += framed.size();
  messages_.push_back(std::move(framed));
}

h2::Body Outgoing::sent(h2::Body framed) {
  if (!replayable_) return framed;
  size_ += framed.size();
  if (!reserve()) {
    commit();
    return framed;
  }
  messages_.push_back(std::move(framed));
  return messages_.back().share();
}

bool Outgoing::reserve() {
  return replayable_ && (shared_ != nullptr ? *shared_ : own_).cover(size_);
}

void Outgoing::commit() {
  replayable_ = false;
  own_.release();
  shared_.reset();
  for (h2::Body& message : messages_) {
    if (h2::Body::Bytes* own = message.own()) detail::give_bytes(std::move(*own));
  }
  messages_.clear();
  size_ = 0;
}

}  // namespace cpp_lite::client
