#include "client/stores.h"

#include <utility>

namespace cpp_lite::client {

std::shared_ptr<Stores::Shown> Stores::meet(h2::Connection& connection) {
  if (connection.attachment() == nullptr) {
    connection.attach(std::make_shared<Shown>(Shown{.number = ++met_, .id = {}}));
  }
  return std::static_pointer_cast<Shown>(connection.attachment());
}

void Stores::note(h2::Connection& connection, std::string_view id) {
  note(*static_cast<Shown*>(connection.attachment().get()), connection.peer(), id);
}

void Stores::note(Shown& by, std::string_view peer, std::string_view id) {
  if (by.id == id) return;
  by.id = id;
  const auto known = known_.find(peer);
  if (known != known_.end()) {
    if (known->second.by <= by.number) known->second = {.id = by.id.value(), .by = by.number};
    return;
  }
  if (known_.size() >= kMost) known_.erase(known_.begin());
  known_.emplace(peer, Known{.id = by.id.value(), .by = by.number});
}

std::string_view Stores::of(std::string_view peer) const {
  const auto known = known_.find(peer);
  return known == known_.end() ? std::string_view() : std::string_view(known->second.id);
}

}  // namespace cpp_lite::client
