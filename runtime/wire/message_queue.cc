#include "wire/message_queue.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <array>
#include <utility>

#include "wire/causes.h"

namespace cpp_lite::wire {
namespace {

constexpr std::size_t kTakenPieces = 64;   // that many may stand in front of those that wait
constexpr std::size_t kGatherUpTo = 1024;  // longer messages have memory of their own
constexpr std::size_t kFirstRoom = 64;     // of a piece

}  // namespace

Status MessageQueue::lend(std::span<const std::uint8_t> bytes) {
  for (;;) {
    const FrameReader::Run run = reader_.take_run(bytes, encoding_ != Encoding::identity);
    if (run.messages > 0) {
      settle();  // does nothing: one feed has one run
      lent_ = run.bytes;
      added_ += run.messages;
      waiting_ += run.messages;
    }
    switch (reader_.next(bytes)) {
      case FrameReader::Result::need_more:
        return Status();
      case FrameReader::Result::failed:
        settle();
        return reader_.failure();
      case FrameReader::Result::message:
        if (Status bad = keep(); !bad.ok()) return bad;
    }
  }
}

// A message that came in several parts.
Status MessageQueue::keep() {
  settle();
  const bool compressed = reader_.compressed();
  if (compressed && encoding_ == Encoding::identity) {
    return local_status(LocalCause::compressed_without_encoding);
  }
  ++added_;
  const std::span<const std::uint8_t> message = reader_.bytes();
  if (!empty() && message.size() <= kGatherUpTo) {
    std::array<std::uint8_t, kPrefixSize + kGatherUpTo> framed;  // on purpose without a value
    write_prefix(std::span(framed).first<kPrefixSize>(), compressed, message.size());
    std::ranges::copy(message, framed.begin() + kPrefixSize);
    gather(std::span(framed).first(kPrefixSize + message.size()));
  } else {
    append({reader_.take(), 0, true, compressed});
  }
  ++waiting_;
  return Status();
}

void MessageQueue::settle() {
  if (!lent_.empty()) gather(std::exchange(lent_, {}));
}

// Behind what waits, in the same piece if that does not become too long.
void MessageQueue::gather(std::span<const std::uint8_t> framed) {
  Piece* last = first_ == pieces_.size() ? nullptr : &pieces_.back();
  if (last == nullptr || last->single || last->bytes.size() + framed.size() > kPiece) {
    append({{}, 0, false, false});
    last = &pieces_.back();
  }
  std::vector<std::uint8_t>& bytes = last->bytes;
  const std::size_t before = bytes.capacity(), needed = bytes.size() + framed.size();
  if (needed > before) bytes.reserve(std::max({needed, std::min(2 * before, kPiece), kFirstRoom}));
  bytes.insert(bytes.end(), framed.begin(), framed.end());
  memory_ += bytes.capacity() - before;
}

void MessageQueue::append(Piece piece) {
  memory_ += piece.bytes.capacity();
  pieces_.push_back(std::move(piece));
}

MessageQueue::Message MessageQueue::front() const {
  std::span<const std::uint8_t> framed = lent_;
  if (first_ < pieces_.size()) {
    const Piece& piece = pieces_[first_];
    if (piece.single) return {piece.bytes, piece.compressed, true};
    framed = std::span(piece.bytes).subspan(piece.at);
  }
  const std::size_t size = length_of(framed.first<kPrefixSize>());
  return {framed.subspan(kPrefixSize, size), framed[0] == 1, false};
}

void MessageQueue::drop() {
  --waiting_;
  if (first_ == pieces_.size()) {
    lent_ = lent_.subspan(kPrefixSize + length_of(lent_.first<kPrefixSize>()));
    return;
  }
  Piece& piece = pieces_[first_];
  if (piece.single) return drop_piece();
  piece.at +=
      kPrefixSize + length_of(std::span(piece.bytes).subspan(piece.at).first<kPrefixSize>());
  if (piece.at == piece.bytes.size()) drop_piece();
}

std::vector<std::uint8_t> MessageQueue::take() {
  const Message message = front();
  std::vector<std::uint8_t> bytes;
  if (message.single) {
    memory_ -= pieces_[first_].bytes.capacity();
    bytes = std::exchange(pieces_[first_].bytes, {});
  } else {
    bytes = detail::take_bytes(message.bytes.size());
    std::ranges::copy(message.bytes, bytes.begin());
  }
  drop();
  return bytes;
}

void MessageQueue::drop_piece() {
  std::vector<std::uint8_t> bytes = std::exchange(pieces_[first_].bytes, {});
  memory_ -= bytes.capacity();
  detail::give_bytes(std::move(bytes));
  ++first_;
  if (first_ == pieces_.size()) {
    pieces_.clear();
    first_ = 0;
  } else if (first_ >= kTakenPieces && 2 * first_ >= pieces_.size()) {
    // Costs at most one move of a piece per piece that went.
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void MessageQueue::clear() {
  pieces_.clear();
  lent_ = {};
  first_ = waiting_ = memory_ = 0;
  reader_ = FrameReader(limit());
}

}  // namespace cpp_lite::wire
