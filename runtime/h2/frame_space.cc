#include "h2/frame_space.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

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
  return std::malloc(size);
}

void* SessionMemory::allocate_zeros(std::size_t count, std::size_t size, void*) {
  return std::calloc(count, size);
}

void* SessionMemory::resize(void* bytes, std::size_t size, void* self) {
  if (bytes == nullptr) return allocate(size, self);  // the way that nghttp2 takes for buffers
  const auto& memory = *static_cast<SessionMemory*>(self);
  if (memory.space_ == nullptr || !memory.space_->owns(bytes)) return std::realloc(bytes, size);
  void* own = std::malloc(size);
  if (own != nullptr) std::memcpy(own, bytes, std::min(size, memory.space_->size()));
  return own;
}

void SessionMemory::release(void* bytes, void* self) {
  const auto& memory = *static_cast<SessionMemory*>(self);
  if (memory.space_ == nullptr || !memory.space_->owns(bytes)) std::free(bytes);
}

}  // namespace cpp_lite::h2
