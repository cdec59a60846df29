// Where the sessions of a loop put frames together. nghttp2 takes 16 KiB for that when a session is
// opened, most of what an idle connection would cost.
#pragma once

#include <cpp_lite/loop.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace cpp_lite::h2 {

// Sessions of one loop have it in turn: each needs it only inside Session::output(), which copies
// what is there before it returns. Thread-safe to find, to lend and to drop.
class FrameSpace {
 public:
  // The one of this loop; there is one as long as somebody holds it.
  static std::shared_ptr<FrameSpace> of(const Loop& loop);

  // Null: it has another size, which the first to ask has chosen.
  void* lend(std::size_t size);
  bool owns(const void* bytes) const { return !bytes_.empty() && bytes == bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::mutex mutex_;  // of the first to ask
  std::vector<std::byte> bytes_;
};

// The memory of one session, with nghttp2's signatures. What it asks for first, while it is opened,
// of kFrame bytes or more, is the space for frames; all else, later parts of long header blocks
// included, is its own.
class SessionMemory {
 public:
  static constexpr std::size_t kFrame = 16 << 10;

  // Null: it shares nothing.
  explicit SessionMemory(std::shared_ptr<FrameSpace> space) : space_(std::move(space)) {}

  void opened() { opening_ = false; }
  int shared() const { return shared_; }  // times that it was lent the space

  static void* allocate(std::size_t size, void* self);
  static void* allocate_zeros(std::size_t count, std::size_t size, void* self);
  static void* resize(void* bytes, std::size_t size, void* self);
  static void release(void* bytes, void* self);

 private:
  const std::shared_ptr<FrameSpace> space_;
  bool opening_ = true;
  int shared_ = 0;
};

}  // namespace cpp_lite::h2
