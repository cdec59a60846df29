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
        if (Status bad = keep(); !bad.ok()) return bad;
    }
  }
}

Status Inbox::keep() {
  const bool compressed = reader_.compressed();
  if (compressed && encoding_ == wire::Encoding::identity) {
    return wire::local_status(wire::LocalCause::compressed_without_encoding);
  }
  ++received_;
  const std::size_t wire_size = reader_.bytes().size() + wire::kPrefixSize;
  messages_.push_back({reader_.take(), compressed, wire_size});
  waiting_ += messages_.back().bytes.capacity();
  return Status();
}

Status Inbox::end() {
  ended_ = true;
  return reader_.truncated() ? wire::local_status(wire::LocalCause::truncated_message) : Status();
}

Status Inbox::take(Bytes& message) {
  Message oldest = std::move(messages_.front());
  messages_.pop_front();
  waiting_ -= oldest.bytes.capacity();
  const std::size_t freed = messages_.empty() ? held_ : std::min(held_, oldest.wire_size);
  held_ -= freed;
  credit_ += freed;
  took_compressed_ = oldest.compressed;
  if (oldest.compressed) return gunzip_.decompress(oldest.bytes, limit_, message);
  message = std::move(oldest.bytes);
  return Status();
}

void Inbox::clear() {
  messages_.clear();
  waiting_ = 0;
  reader_ = wire::FrameReader(limit_);
  credit_ += std::exchange(held_, 0);
}

std::size_t Inbox::take_credit() { return std::exchange(credit_, 0); }

}  // namespace cpp_lite::server
