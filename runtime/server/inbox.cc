#include "server/inbox.h"

#include <algorithm>
#include <utility>

#include "wire/causes.h"

namespace cpp_lite::server {

Status Inbox::feed(std::span<const std::uint8_t> bytes) {
  held_ += bytes.size();
  for (;;) {
    switch (reader_.next(bytes)) {
      case wire::FrameReader::Result::need_more:
        // What waits for the rest of a message must not wait for the window.
        if (messages_.empty()) credit_ += std::exchange(held_, 0);
        return Status();
      case wire::FrameReader::Result::failed:
        return reader_.failure();
      case wire::FrameReader::Result::message:
        if (Status opened = open_message(); !opened.ok()) return opened;
    }
  }
}

Status Inbox::open_message() {
  const std::size_t wire_size = reader_.bytes().size() + wire::kPrefixSize;
  ++received_;
  if (!reader_.compressed()) {
    messages_.push_back({reader_.take(), wire_size});
    return Status();
  }
  Bytes storage;
  std::span<const std::uint8_t> message = reader_.bytes();
  Status opened = gunzip_.open(true, encoding_, limit_, storage, message);
  if (opened.ok()) messages_.push_back({std::move(storage), wire_size});
  return opened;
}

Status Inbox::end() {
  ended_ = true;
  return reader_.truncated() ? wire::local_status(wire::LocalCause::truncated_message) : Status();
}

Bytes Inbox::take() {
  Message message = std::move(messages_.front());
  messages_.pop_front();
  const std::size_t freed = messages_.empty() ? held_ : std::min(held_, message.wire_size);
  held_ -= freed;
  credit_ += freed;
  return std::move(message.bytes);
}

std::size_t Inbox::take_credit() { return std::exchange(credit_, 0); }

}  // namespace cpp_lite::server
