#include "policy/request_id.h"

#include <array>
#include <cstdint>
#include <mutex>
#include <random>

namespace cpp_lite::policy {
namespace {

std::mt19937_64 seeded() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(),
                     device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

void append_hex(std::string& to, std::uint64_t bits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) to.push_back(kDigits[(bits >> shift) & 15U]);
}

}  // namespace

struct RequestIds::State {
  std::mutex mutex;
  std::mt19937_64 random = seeded();  // guarded by mutex
};

RequestIds::RequestIds() : state_(std::make_unique<State>()) {}
RequestIds::~RequestIds() = default;

std::string RequestIds::next() {
  std::array<std::uint64_t, 2> bits{};
  {
    const std::lock_guard lock(state_->mutex);
    for (auto& word : bits) word = state_->random();
  }
  std::string id;
  id.reserve(32);
  for (const auto word : bits) append_hex(id, word);
  return id;
}

}  // namespace cpp_lite::policy
