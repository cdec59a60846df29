#include "client/stores.h"

namespace cpp_lite::client {

void Stores::note(std::string_view peer, std::string_view id) {
  if (const auto known = ids_.find(peer); known != ids_.end()) {
    if (known->second != id) known->second = id;
    return;
  }
  if (id.empty()) return;
  if (ids_.size() >= kMost) ids_.erase(ids_.begin());
  ids_.emplace(peer, id);
}

std::string_view Stores::of(std::string_view peer) const {
  const auto known = ids_.find(peer);
  return known == ids_.end() ? std::string_view() : std::string_view(known->second);
}

}  // namespace cpp_lite::client
