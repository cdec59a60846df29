#include "client/incoming.h"

#include <cstddef>
#include <utility>

#include "wire/causes.h"

namespace cpp_lite::client {

Status Incoming::feed(std::span<const std::uint8_t> bytes) {
  while (true) {
    const std::size_t before = bytes.size();
    const wire::FrameReader::Result result = reader_.next(bytes);
    unfinished_ += before - bytes.size();
    if (result == wire::FrameReader::Result::need_more) return Status();
    if (result == wire::FrameReader::Result::failed) return reader_.failure();
    if (Status status = keep(); !status.ok()) return status;
  }
}

Status Incoming::keep() {
  const bool compressed = reader_.compressed();
  if (compressed && encoding_ == wire::Encoding::identity) {
    return wire::local_status(wire::LocalCause::compressed_without_encoding);
  }
  if (next_ > messages_.size() / 2) {  // a reader that never quite catches up
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }
  messages_.push_back({reader_.take(), compressed, std::exchange(unfinished_, 0)});
  ++received_;
  return Status();
}

Status Incoming::open(wire::Gunzip& gunzip) {
  if (empty() || !messages_[next_].compressed) return Status();
  Message& message = messages_[next_];
  Bytes plain;
  if (Status bad = gunzip.decompress(message.bytes, limit_, plain); !bad.ok()) return bad;
  message.bytes = std::move(plain);
  message.compressed = false;
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
    messages_[--next_] = {std::move(message), false, 0};
  } else {
    messages_.insert(messages_.begin(), Message{std::move(message), false, 0});
  }
}

void Incoming::discard() {
  while (!empty()) pop();
}

std::size_t Incoming::take_credit(bool hungry) {
  if (hungry) credit_ += std::exchange(unfinished_, 0);
  return std::exchange(credit_, 0);
}

std::size_t Incoming::memory() const {
  std::size_t sum = 0;
  for (std::size_t i = next_; i < messages_.size(); ++i) sum += messages_[i].bytes.capacity();
  return sum;
}

}  // namespace cpp_lite::client
