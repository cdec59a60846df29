// Which store of idempotency keys stands behind each endpoint, as far as it has shown it.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cpp_lite::client {

// Endpoints that answer with the same cpp-lite-store id know each other's keys (calls.md 4.5,
// "KEYED over several endpoints"). Belongs to a channel and its loop. Forgetting is safe: what
// showed no id is trusted less.
class Stores {
 public:
  static constexpr std::size_t kMost = 1000;

  void note(std::string_view peer, std::string_view id);
  // Empty: it has shown none.
  std::string_view of(std::string_view peer) const;

 private:
  std::map<std::string, std::string, std::less<>> ids_;
};

}  // namespace cpp_lite::client
