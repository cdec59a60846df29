#include "client/incoming.h"

#include <cstddef>
#include <utility>

namespace cpp_lite::client {

Status Incoming::feed(std::span<const std::uint8_t> bytes, wire::Gunzip& gunzip) {
  while (true) {
    const std::size_t before = bytes.size();
    const wire::FrameReader::Result result = reader_.next(bytes);
    unfinished_ += before - bytes.size();
    if (result == wire::FrameReader::Result::need_more) return Status();
    if (result == wire::FrameReader::Result::failed) return reader_.failure();
    if (Status status = keep(gunzip); !status.ok()) return status;
  }
}

Status Incoming::keep(wire::Gunzip& gunzip) {
  Bytes bytes;
  if (reader_.compressed()) {
    std::span<const std::uint8_t> message = reader_.bytes();
    Status status = gunzip.open(true, encoding_, limit_, bytes, message);
    if (!status.ok()) return status;
  } else {
    bytes = reader_.take();
  }
  if (next_ > messages_.size() / 2) {  // a reader that never quite catches up
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }
  messages_.push_back({std::move(bytes), std::exchange(unfinished_, 0)});
  ++received_;
  return Status();
}

Bytes Incoming::pop() {
  Message& message = messages_[next_++];
  credit_ += std::exchange(message.wire_size, 0);
  Bytes bytes = std::move(message.bytes);
  if (empty()) {
    messages_.clear();
    next_ = 0;
  }
  return bytes;
}

void Incoming::put_back(Bytes message) {
  if (next_ > 0) {
    messages_[--next_] = {std::move(message), 0};
  } else {
    messages_.insert(messages_.begin(), Message{std::move(message), 0});
  }
}

void Incoming::discard() {
  while (!empty()) pop();
}

std::size_t Incoming::take_credit(bool hungry) {
  if (hungry) credit_ += std::exchange(unfinished_, 0);
  return std::exchange(credit_, 0);
}

}  // namespace cpp_lite::client
