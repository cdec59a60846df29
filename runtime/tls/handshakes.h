// What becomes of handshakes, counted.
#pragma once

#include <cpp_lite/tls.h>

#include <atomic>
#include <cstdint>

namespace cpp_lite::tls {

// Thread-safe.
class Handshakes {
 public:
  void completed(bool resumed) {
    completed_.fetch_add(1, std::memory_order_relaxed);
    if (resumed) resumed_.fetch_add(1, std::memory_order_relaxed);
  }
  void failed() { failed_.fetch_add(1, std::memory_order_relaxed); }
  TlsStats stats() const {
    return {completed_.load(std::memory_order_relaxed), resumed_.load(std::memory_order_relaxed),
            failed_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::uint64_t> completed_{0}, resumed_{0}, failed_{0};
};

}  // namespace cpp_lite::tls
