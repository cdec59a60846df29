#include "client/outgoing.h"

#include <utility>

namespace cpp_lite::client {

void Outgoing::add(Bytes framed) {
  size_ += framed.size();
  messages_.emplace_back(std::move(framed));
}

h2::Body Outgoing::sent(Bytes framed) {
  if (!replayable_) return framed;
  size_ += framed.size();
  if (!reserve()) {
    commit();
    return framed;
  }
  messages_.emplace_back(std::move(framed));
  return messages_.back().share();
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
