// A library to preload: counts malloc, calloc, realloc and aligned_alloc, and so operator new, in
// the 8 bytes of the file that BENCH_ALLOCATIONS names, which anyone may read meanwhile.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

std::atomic<std::uint64_t> unseen{0};
std::atomic<std::atomic<std::uint64_t>*> counter{&unseen};

// Runs before main(); what was allocated before it is not counted.
[[gnu::constructor]] void open_counter() {
  const char* const name = std::getenv("BENCH_ALLOCATIONS");
  if (name == nullptr) return;
  const int file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, sizeof(std::uint64_t)) != 0) return;
  void* const page =
      mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) counter = static_cast<std::atomic<std::uint64_t>*>(page);
  close(file);
}

void count() { counter.load(std::memory_order_relaxed)->fetch_add(1, std::memory_order_relaxed); }

}  // namespace

extern "C" {
[[gnu::visibility("default")]] void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}
[[gnu::visibility("default")]] void* calloc(std::size_t items, std::size_t size) {
  count();
  return __libc_calloc(items, size);
}
[[gnu::visibility("default")]] void* realloc(void* old, std::size_t size) {
  count();
  return __libc_realloc(old, size);
}
[[gnu::visibility("default")]] void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
}
