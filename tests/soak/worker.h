// One process of a soak: it executes keys, and is killed at any moment.
#pragma once

#include <cpp_lite/idempotency.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace soak {

// Where the effects of a key are, and what its method declares (docs/idempotency.md).
enum class Mode { transactional, external, downstream_keyed };
inline Mode mode_of(int key) { return static_cast<Mode>(key % 3); }

// How far all processes have come, in memory that they share. It sets their pace; what is true is
// in the store, in the effects, and in what clients heard.
class Progress {
 public:
  static constexpr int kMostKeys = 10'000;

  void heard(int key) { heard_[index(key)].fetch_add(1); }  // its answer; once is not enough
  void unknown(int key) { heard_[index(key)] = kEnough; }   // there will be no answer
  // Before it all keys have come to their end; `keys`: so have all.
  int first_open(int keys) {
    int first = first_;
    while (first < keys && heard_[index(first)] >= kEnough) ++first;
    first_ = first;
    return first;
  }
  void stop() { over_ = true; }
  bool over() const { return over_; }

 private:
  static constexpr int kEnough = 3;  // two duplicates beside the one that executed
  static std::size_t index(int key) { return static_cast<std::size_t>(key); }

  std::atomic<bool> over_{false};
  std::atomic<int> first_{0};
  std::array<std::atomic<int>, kMostKeys> heard_{};
};

inline constexpr std::chrono::milliseconds kLease{200};

struct Plan {
  std::string where;   // of the store
  std::string folder;  // for what is to outlive a process: effects and acknowledgements
  int keys = 400;
  // In this time the keys are gone through, or a longer one, until each has come to its end; all
  // processes are at the same few at the same time.
  std::int64_t start_ms = 0, duration_ms = 20'000;
  Progress* progress = nullptr;
  bool servers = false;   // processes are servers with clients, or else use the store themselves
  bool unfenced = false;  // a mutant: who lost its claim answers all the same
};

inline std::string name_of(int key) { return "key-of-a-soak-" + std::to_string(key); }
std::int64_t now_ms();
// The key that is to be worked at now; `chance` chooses among a few.
int next_key(const Plan& plan, std::uint32_t chance);
// How long a handler takes: mostly not long, now and then longer than its lease.
std::chrono::milliseconds some_time(int key, std::uint32_t chance);

// Until the progress is over: with the operations of the store, or as a server with its clients.
void work(const Plan& plan, std::uint32_t seed);
void serve(const Plan& plan, std::uint32_t seed);

}  // namespace soak
