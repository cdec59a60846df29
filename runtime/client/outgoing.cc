#include "client/outgoing.h"

#include <utility>

namespace cpp_lite::client {

void Outgoing::add(Bytes framed) {
  size_ += framed.size();
  messages_.push_back(std::move(framed));
}

void Outgoing::sent(const Bytes& framed) {
  if (!replayable_) return;
  if (size_ + framed.size() > kReplayLimit) return commit();
  add(framed);
}

void Outgoing::commit() {
  replayable_ = false;
  messages_.clear();
  size_ = 0;
}

}  // namespace cpp_lite::client
