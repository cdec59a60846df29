// Body bytes of one stream on their way out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "h2/body.h"
#include "h2/output.h"

namespace cpp_lite::h2 {

// A queue of bytes in the pieces in which they came. Big pieces are never copied on the way in;
// small ones are gathered, so that many small messages cost little memory and fill DATA frames.
class SendQueue {
 public:
  void push(Body body);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // What its pieces take: each is kept as a whole until its last byte has gone.
  std::size_t held() const { return size_ + offset_; }
  // Moves the first `count` bytes (at most size()) to `out`. Many in one piece are not copied.
  void pop_into(Output& out, std::size_t count);
  // The size of a body of which a part was moved, and which is kept there as a whole.
  std::size_t begun() const;
  void clear();

 private:
  bool gather(std::span<const std::uint8_t> bytes);
  void drop_front();

  std::vector<Body> pieces_;  // those before first_ are gone
  std::size_t first_ = 0;
  std::size_t offset_ = 0;  // bytes of the first piece that are gone
  std::size_t size_ = 0;
};

}  // namespace cpp_lite::h2
