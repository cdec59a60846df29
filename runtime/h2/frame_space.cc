#include "h2/frame_space.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <new>

namespace cpp_lite::h2 {
namespace {

struct Spaces {
  std::mutex mutex;
  std::map<const Loop*, std::weak_ptr<FrameSpace>> by_loop;
};

// Never destroyed: connections may end after main() has.
Spaces& spaces() {
  static Spaces& all = *new Spaces;
  return all;
}

// nghttp2's streams and frames come and go with calls. In front of each block stands its size.
constexpr std::size_t kFront = alignof(std::max_align_t);

std::size_t& size_of(void* bytes) {
  return *reinterpret_cast<std::size_t*>(static_cast<std::byte*>(bytes) - kFront);
}

void* take(std::size_t size) {
  try {
    auto* const bytes = static_cast<std::byte*>(detail::take_block(kFront + size)) + kFront;
    size_of(bytes) = size;
    return bytes;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void give(void* bytes) {
  if (bytes == nullptr) return;
  detail::give_block(static_cast<std::byte*>(bytes) - kFront, kFront + size_of(bytes));
}

}  // namespace

std::shared_ptr<FrameSpace> FrameSpace::of(const Loop& loop) {
  Spaces& all = spaces();
  const std::lock_guard lock(all.mutex);
  if (const auto known = all.by_loop.find(&loop); known != all.by_loop.end()) {
    if (std::shared_ptr<FrameSpace> space = known->second.lock()) return space;
  }
  std::erase_if(all.by_loop, [](const auto& entry) { return entry.second.expired(); });
  auto space = std::make_shared<FrameSpace>();
  all.by_loop.emplace(&loop, space);
  return space;
}

void* FrameSpace::lend(std::size_t size) {
  const std::lock_guard lock(mutex_);
  if (bytes_.empty()) bytes_.resize(size);
  return bytes_.size() == size ? bytes_.data() : nullptr;
}

void* SessionMemory::allocate(std::size_t size, void* self) {
  auto& memory = *static_cast<SessionMemory*>(self);
  if (memory.opening_ && size >= kFrame && memory.space_ != nullptr && memory.shared_ == 0) {
    if (void* bytes = memory.space_->lend(size)) {
      ++memory.shared_;
      return bytes;
    }
  }
  return take(size);
}

// Of nghttp2's own objects, so the product is small.
void* SessionMemory::allocate_zeros(std::size_t count, std::size_t size, void*) {
  void* const bytes = take(count * size);
  return bytes == nullptr ? nullptr : std::memset(bytes, 0, count * size);
}

void* SessionMemory::resize(void* bytes, std::size_t size, void* self) {
  if (bytes == nullptr) return allocate(size, self);  // the way that nghttp2 takes for buffers
  const auto& memory = *static_cast<SessionMemory*>(self);
  const bool lent = memory.space_ != nullptr && memory.space_->owns(bytes);
  void* const own = take(size);
  if (own == nullptr) return nullptr;
  std::memcpy(own, bytes, std::min(size, lent ? memory.space_->size() : size_of(bytes)));
  if (!lent) give(bytes);
  return own;
}

void SessionMemory::release(void* bytes, void* self) {
  const auto& memory = *static_cast<SessionMemory*>(self);
  if (memory.space_ == nullptr || !memory.space_->owns(bytes)) give(bytes);
}

}  // namespace cpp_lite::h2
