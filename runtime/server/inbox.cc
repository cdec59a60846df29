#include "server/inbox.h"

#include <algorithm>
#include <utility>

#include "wire/causes.h"

namespace cpp_lite::server {
namespace {

constexpr std::size_t kTakenPlaces = 64;  // that many may stand in front of those that wait

}  // namespace

std::optional<std::span<const std::uint8_t>> Inbox::only(std::span<const std::uint8_t> bytes) {
  if (received_ > 0 || held_ > 0 || !reader_.fresh()) return std::nullopt;
  const auto message = wire::only_message(bytes, limit_);
  if (!message) return std::nullopt;
  received_ = 1;
  ended_ = true;
  credit_ += bytes.size();
  return message;
}

Status Inbox::feed(std::span<const std::uint8_t> bytes) {
  held_ += bytes.size();
  for (;;) {
    switch (reader_.next(bytes)) {
      case wire::FrameReader::Result::need_more:
        // What waits for the rest of a message must not wait for the window.
        if (empty()) credit_ += std::exchange(held_, 0);
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
  Message oldest = pop();
  waiting_ -= oldest.bytes.capacity();
  const std::size_t freed = empty() ? held_ : std::min(held_, oldest.wire_size);
  held_ -= freed;
  credit_ += freed;
  took_compressed_ = oldest.compressed;
  if (oldest.compressed) return gunzip_.decompress(oldest.bytes, limit_, message);
  message = std::move(oldest.bytes);
  return Status();
}

void Inbox::clear() {
  messages_.clear();
  first_ = 0;
  waiting_ = 0;
  reader_ = wire::FrameReader(limit_);
  credit_ += std::exchange(held_, 0);
}

Inbox::Message Inbox::pop() {
  Message oldest = std::move(messages_[first_++]);
  if (empty()) {
    messages_.clear();
    first_ = 0;
  } else if (first_ >= kTakenPlaces && 2 * first_ >= messages_.size()) {
    // Costs at most one move of a message per message that went.
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return oldest;
}

std::size_t Inbox::take_credit() { return std::exchange(credit_, 0); }

}  // namespace cpp_lite::server
