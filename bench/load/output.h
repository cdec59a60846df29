// What is to be written: frame headers and small payloads in a buffer, large payloads where they
// are.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/transport.h"

namespace bench {

class Output {
 public:
  bool empty() const { return pieces_.empty(); }
  std::size_t size() const { return size_; }

  void frame(std::size_t length, std::uint8_t type, std::uint8_t flags, std::uint32_t stream) {
    const char header[] = {static_cast<char>(length >> 16), static_cast<char>(length >> 8),
                           static_cast<char>(length),       static_cast<char>(type),
                           static_cast<char>(flags),        static_cast<char>(stream >> 24),
                           static_cast<char>(stream >> 16), static_cast<char>(stream >> 8),
                           static_cast<char>(stream)};
    copy({header, sizeof(header)});
  }
  void number(std::uint32_t value) {
    const char bytes[] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                          static_cast<char>(value >> 8), static_cast<char>(value)};
    copy({bytes, sizeof(bytes)});
  }
  void copy(std::string_view bytes) {
    buffer_ += bytes;
    size_ += bytes.size();
    if (pieces_.empty() || pieces_.back().data != nullptr) pieces_.push_back({nullptr, 0});
    pieces_.back().size += bytes.size();
  }
  // Bytes that stay where they are until they are written.
  void borrow(std::string_view bytes) {
    if (bytes.size() <= kSmall) return copy(bytes);
    pieces_.push_back({bytes.data(), bytes.size()});
    size_ += bytes.size();
  }

  // False: the transport is closed.
  bool write_to(Transport& transport) {
    while (!pieces_.empty()) {
      iovec vectors[kMost];
      const int count = gather(vectors);
      const ssize_t sent = transport.write(vectors, count);
      if (sent < 0) return false;
      if (sent == 0) break;
      drop(static_cast<std::size_t>(sent));
    }
    return true;
  }

 private:
  static constexpr std::size_t kSmall = 512;
  static constexpr int kMost = 64;
  struct Piece {
    const char* data;  // null: the next ones of the buffer
    std::size_t size;
  };

  int gather(iovec* vectors) {
    std::size_t at = written_;
    int count = 0;
    for (const Piece& piece : pieces_) {
      if (count == kMost) break;
      const char* const data = piece.data != nullptr ? piece.data : buffer_.data() + at;
      if (piece.data == nullptr) at += piece.size;
      vectors[count++] = {const_cast<char*>(data), piece.size};
    }
    return count;
  }
  void drop(std::size_t size) {
    size_ -= size;
    std::size_t whole = 0;
    while (whole < pieces_.size() && pieces_[whole].size <= size) {
      if (pieces_[whole].data == nullptr) written_ += pieces_[whole].size;
      size -= pieces_[whole++].size;
    }
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(whole));
    if (pieces_.empty()) {
      buffer_.clear();
      written_ = 0;
    } else if (pieces_.front().data == nullptr) {
      written_ += size;
      pieces_.front().size -= size;
    } else {
      pieces_.front().data += size;
      pieces_.front().size -= size;
    }
  }

  std::string buffer_;
  std::size_t written_ = 0, size_ = 0;  // of the buffer; of all that is left
  std::vector<Piece> pieces_;
};

}  // namespace bench
