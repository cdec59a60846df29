#include "h2/send_queue.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <utility>

namespace cpp_lite::h2 {
namespace {

constexpr std::size_t kGatherUpTo = 4096;
// Smaller bodies are in the processor's cache: a copy in one piece costs less than many pieces.
constexpr std::size_t kReferFrom = 128 << 10;
constexpr std::size_t kWorthAPiece = 4 << 10;
constexpr std::size_t kKeptPieces = 64;

}  // namespace

void SendQueue::push(Body body) {
  const std::size_t size = body.size();
  if (size == 0) return;
  if (!gather(body.bytes())) pieces_.push_back(std::move(body));
  size_ += size;
}

bool SendQueue::gather(std::span<const std::uint8_t> bytes) {
  if (first_ == pieces_.size()) return false;
  Body::Bytes* last = pieces_.back().own();
  if (last == nullptr || last->size() + bytes.size() > kGatherUpTo) return false;
  last->reserve(kGatherUpTo);
  last->insert(last->end(), bytes.begin(), bytes.end());
  return true;
}

void SendQueue::pop_into(Output& out, std::size_t count) {
  size_ -= count;
  while (count > 0) {
    Body& body = pieces_[first_];
    const std::span<const std::uint8_t> piece = body.bytes();
    const std::size_t n = std::min(count, piece.size() - offset_);
    const std::span<const std::uint8_t> some = piece.subspan(offset_, n);
    if (piece.size() >= kReferFrom && n >= kWorthAPiece) {
      out.refer(body, some);
    } else {
      out.bytes.insert(out.bytes.end(), some.begin(), some.end());
    }
    offset_ += n;
    count -= n;
    if (offset_ < piece.size()) continue;
    out.keeps(body);
    drop_front();
  }
}

void SendQueue::drop_front() {
  if (Body::Bytes* own = pieces_[first_].own()) detail::give_bytes(std::move(*own));
  pieces_[first_] = {};
  offset_ = 0;
  ++first_;
  if (first_ == pieces_.size()) {
    pieces_.clear();
    first_ = 0;
  } else if (first_ >= kKeptPieces && 2 * first_ >= pieces_.size()) {
    // Costs at most one move of a piece per piece that went.
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

std::size_t SendQueue::begun() const {
  return offset_ > 0 && pieces_[first_].shared() ? pieces_[first_].size() : 0;
}

void SendQueue::clear() {
  if (pieces_.capacity() > kKeptPieces) {
    pieces_ = {};
  } else {
    pieces_.clear();
  }
  first_ = offset_ = size_ = 0;
}

}  // namespace cpp_lite::h2
