// Memory that comes and goes with every call: each thread keeps some of what it gives back, so that
// the next call takes it without malloc. For the runtime.
#pragma once

#include <cpp_lite/export.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cpp_lite::detail {

// As operator new and operator delete with the size. On any thread: what one has taken another may
// give back. Blocks over a few kilobytes are not kept, nor are more of one size than a busy
// connection needs.
CPP_LITE_API void* take_block(std::size_t size);
CPP_LITE_API void give_block(void* block, std::size_t size) noexcept;
// The same for messages: bytes of that size, of no particular value; and their memory back.
CPP_LITE_API std::vector<std::uint8_t> take_bytes(std::size_t size);
CPP_LITE_API void give_bytes(std::vector<std::uint8_t> bytes) noexcept;
// None yet, with room for that many.
CPP_LITE_API std::vector<std::uint8_t> take_room(std::size_t size);
// This thread keeps no large ones from now on: for threads of which there may be many.
CPP_LITE_API void keep_nothing_large() noexcept;
// Whether anything is ever kept. (Not where a sanitizer looks for what is used after its end.)
CPP_LITE_API bool keeps_memory() noexcept;
// Gives back to malloc what this thread keeps.
CPP_LITE_API void drop_blocks() noexcept;
// The same and, as far as there are whole pages of it, to the system what malloc keeps. Takes a
// while: for when much has ended.
CPP_LITE_API void trim_memory() noexcept;

// Of single objects, for std::allocate_shared.
template <typename T>
struct BlockAllocator {
  using value_type = T;
  BlockAllocator() = default;
  template <typename U>
  BlockAllocator(const BlockAllocator<U>&) noexcept {}  // NOLINT: allocators convert

  T* allocate(std::size_t n) { return static_cast<T*>(take_block(n * sizeof(T))); }
  void deallocate(T* at, std::size_t n) noexcept { give_block(at, n * sizeof(T)); }
  friend bool operator==(const BlockAllocator&, const BlockAllocator&) { return true; }
};

}  // namespace cpp_lite::detail
