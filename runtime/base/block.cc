#include <cpp_lite/block.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

// A thread-local of a few bytes, which shared builds, too, read without a call: glibc keeps room
// for such where a library is loaded late.
#ifdef __GLIBC__
#define CPP_LITE_FEW_BYTES [[gnu::tls_model("initial-exec")]]
#else
#define CPP_LITE_FEW_BYTES
#endif

// Sanitizers find what is used after its end only if it really ends.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CPP_LITE_KEEP_BLOCKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CPP_LITE_KEEP_BLOCKS 0
#endif
#endif
#ifndef CPP_LITE_KEEP_BLOCKS
#define CPP_LITE_KEEP_BLOCKS 1
#endif

namespace cpp_lite::detail {
namespace {

// As glibc's malloc cuts memory, so that a block takes what it needs: 24 bytes, 40, 56 ...
constexpr std::size_t kStep = 16;
constexpr std::size_t kSizes = 128;           // up to 2 KiB
constexpr std::size_t kKeptBytes = 64 << 10;  // of each size, and of messages together
constexpr std::size_t kLongestBytes = 4 << 10;
constexpr std::size_t kMostMessages = 256;
constexpr std::size_t kLongestLarge = 2 << 20;
constexpr std::size_t kMostLargeOnes = 16;
constexpr std::size_t kMostLarge = 4 << 20;  // together
constexpr std::size_t kSlack = 2;  // nobody gets memory of more than so many times the size

std::size_t shelf_of(std::size_t size) { return (size + kStep / 2 - 1) / kStep; }
std::size_t room(std::size_t shelf) { return shelf * kStep + kStep / 2; }

struct Free {
  Free* next;
};
struct Shelf {
  Free* first = nullptr;
  std::size_t places = 0;  // free ones
};

// What one thread keeps.
struct Kept {
  Kept() {
    for (std::size_t at = 0; at < kSizes; ++at) shelves[at].places = kKeptBytes / room(at);
    bytes.reserve(kMostMessages);
    large.reserve(kMostLargeOnes);
  }
  std::array<Shelf, kSizes> shelves;
  std::vector<std::vector<std::uint8_t>> bytes;
  std::size_t bytes_room = 0;  // of all of them
  // These are as long as they were, so that whoever takes them does not fill them first.
  std::vector<std::vector<std::uint8_t>> large;  // shortest first
  std::size_t large_room = 0;                    // of all of them
  bool wants_large = false;                      // this thread has asked for one
};
// Null before there is something to keep, and when the thread ends: what ends later then may still
// give back.
CPP_LITE_FEW_BYTES thread_local constinit Kept* kept = nullptr;
thread_local constinit bool over = false;
thread_local constinit bool nothing_large = false;

struct AtThreadEnd {
  ~AtThreadEnd() {
    drop_blocks();
    over = true;
    delete std::exchange(kept, nullptr);
  }
};

// Null: there is to be none.
Kept* begin_to_keep() {
  if (CPP_LITE_KEEP_BLOCKS == 0 || over) return nullptr;
  thread_local const AtThreadEnd at_end;
  (void)at_end;
  return kept = new Kept;
}

}  // namespace

void* take_block(std::size_t size) {
  const std::size_t at = shelf_of(size);
  if (at >= kSizes) return ::operator new(size);
  Free* const block = kept == nullptr ? nullptr : kept->shelves[at].first;
  if (block == nullptr) return ::operator new(room(at));
  Shelf& shelf = kept->shelves[at];
  shelf.first = block->next;
  ++shelf.places;
  return block;
}

void give_block(void* block, std::size_t size) noexcept {
  const std::size_t at = shelf_of(size);
  Kept* const here = kept != nullptr ? kept : begin_to_keep();
  if (at >= kSizes || here == nullptr || here->shelves[at].places == 0) {
    return ::operator delete(block);
  }
  Shelf& shelf = here->shelves[at];
  shelf.first = ::new (block) Free{shelf.first};
  --shelf.places;
}

namespace {

constexpr auto room_of = [](const std::vector<std::uint8_t>& bytes) { return bytes.capacity(); };

std::vector<std::uint8_t> remove_large(Kept& here,
                                       std::vector<std::vector<std::uint8_t>>::iterator at) {
  std::vector<std::uint8_t> bytes = std::move(*at);
  here.large.erase(at);
  here.large_room -= bytes.capacity();
  return bytes;
}

// Empty: there is none.
std::vector<std::uint8_t> find_large(std::size_t size) {
  Kept* const here = kept != nullptr ? kept : begin_to_keep();
  if (here == nullptr || nothing_large) return {};
  here->wants_large = true;
  const auto fits = std::ranges::lower_bound(here->large, size, {}, room_of);
  if (fits == here->large.end() || fits->capacity() / kSlack > size) return {};
  return remove_large(*here, fits);
}

// Shorter ones give way. Who never takes any keeps none.
void give_large(Kept& here, std::vector<std::uint8_t> bytes) {
  const std::size_t room = bytes.capacity();
  if (room > kLongestLarge || !here.wants_large) return;
  while (here.large.size() == kMostLargeOnes || here.large_room + room > kMostLarge) {
    remove_large(here, here.large.begin());
  }
  here.large.insert(std::ranges::lower_bound(here.large, room, {}, room_of), std::move(bytes));
  here.large_room += room;
}

}  // namespace

std::vector<std::uint8_t> take_bytes(std::size_t size) {
  std::vector<std::uint8_t> bytes;
  if (size > kLongestBytes) {
    bytes = find_large(size);
  } else if (kept != nullptr && !kept->bytes.empty()) {
    bytes = std::move(kept->bytes.back());
    kept->bytes.pop_back();
    kept->bytes_room -= bytes.capacity();
  }
  bytes.resize(size);
  return bytes;
}

std::vector<std::uint8_t> take_room(std::size_t size) {
  std::vector<std::uint8_t> bytes = find_large(size);
  bytes.clear();
  bytes.reserve(size);
  return bytes;
}

void give_bytes(std::vector<std::uint8_t> bytes) noexcept {
  if (bytes.capacity() == 0) return;
  Kept* const here = kept != nullptr ? kept : begin_to_keep();
  if (here == nullptr) return;
  if (bytes.capacity() > kLongestBytes) return give_large(*here, std::move(bytes));
  if (here->bytes.size() == kMostMessages) return;
  if (here->bytes_room + bytes.capacity() > kKeptBytes) return;
  bytes.clear();
  here->bytes_room += bytes.capacity();
  here->bytes.push_back(std::move(bytes));
}

void keep_nothing_large() noexcept { nothing_large = true; }

bool keeps_memory() noexcept { return CPP_LITE_KEEP_BLOCKS != 0; }

void drop_blocks() noexcept {
  if (kept == nullptr) return;
  kept->bytes.clear();
  kept->bytes_room = 0;
  kept->large.clear();
  kept->large_room = 0;
  for (Shelf& shelf : kept->shelves) {
    for (Free* block = std::exchange(shelf.first, nullptr); block != nullptr; ++shelf.places) {
      ::operator delete(std::exchange(block, block->next));
    }
  }
}

void trim_memory() noexcept {
  drop_blocks();
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace cpp_lite::detail
