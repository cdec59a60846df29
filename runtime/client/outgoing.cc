#include "client/outgoing.h"

#include <utility>

namespace cpp_lite::client {

void Outgoing::add(Bytes framed) {
  size_ += framed.size();
  messages_.push_back(std::move(framed));
}

void Outgoing::sent(const Bytes& framed) {
  if (!replayable_) return;
  size_ += framed.size();
  if (!reserve()) return commit();
  messages_.push_back(framed);
}

bool Outgoing::reserve() {
  if (!replayable_ || size_ > memory_.per_call()) return false;
  if (!memory_.take(size_ - reserved_)) return false;
  reserved_ = size_;
  return true;
}

void Outgoing::commit() {
  replayable_ = false;
  forget();
}

void Outgoing::forget() {
  // Untouched otherwise: a call that never began may end on any thread.
  if (reserved_ > 0) memory_.give_back(std::exchange(reserved_, 0));
  messages_.clear();
  size_ = 0;
}

}  // namespace cpp_lite::client
