#include "server/inbox.h"

#include <algorithm>
#include <utility>

#include "wire/causes.h"

namespace cpp_lite::server {

std::optional<std::span<const std::uint8_t>> Inbox::only(std::span<const std::uint8_t> bytes) {
  if (received() > 0 || held_ > 0 || !messages_.fresh()) return std::nullopt;
  const auto message = wire::only_message(bytes, messages_.limit());
  if (!message) return std::nullopt;
  only_ = 1;
  ended_ = true;
  credit_ += bytes.size();
  return message;
}

Status Inbox::lend(std::span<const std::uint8_t> bytes) {
  held_ += bytes.size();
  Status status = messages_.lend(bytes);
  // What waits for the rest of a message must not wait for the window.
  if (empty()) credit_ += std::exchange(held_, 0);
  return status;
}

Status Inbox::end() {
  ended_ = true;
  return messages_.truncated() ? wire::local_status(wire::LocalCause::truncated_message) : Status();
}

std::optional<std::span<const std::uint8_t>> Inbox::front() const {
  if (empty()) return std::nullopt;
  const wire::MessageQueue::Message oldest = messages_.front();
  if (oldest.compressed || oldest.single) return std::nullopt;
  return oldest.bytes;
}

void Inbox::drop_front() {
  const std::size_t wire_size = messages_.front().wire_size();
  messages_.drop();
  took_compressed_ = false;
  give_back(wire_size);
}

Status Inbox::take(Bytes& message) {
  const wire::MessageQueue::Message oldest = messages_.front();
  const std::size_t wire_size = oldest.wire_size();
  took_compressed_ = oldest.compressed;
  Status status;
  if (oldest.compressed) {
    status = gunzip_.decompress(oldest.bytes, messages_.limit(), message);
    messages_.drop();
  } else {
    message = messages_.take();
  }
  give_back(wire_size);
  return status;
}

// Of a message that was taken.
void Inbox::give_back(std::size_t wire_size) {
  const std::size_t freed = empty() ? held_ : std::min(held_, wire_size);
  held_ -= freed;
  credit_ += freed;
}

void Inbox::clear() {
  messages_.clear();
  credit_ += std::exchange(held_, 0);
}

}  // namespace cpp_lite::server
