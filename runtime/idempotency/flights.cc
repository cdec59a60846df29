#include "idempotency/flights.h"

namespace cpp_lite::idempotency {

Future<void> Flight::landed() {
  std::lock_guard lock(mutex_);
  if (!over_) return (event_ ? *event_ : event_.emplace()).wait();
  detail::Promise<void> now;
  Future<void> result = now.future();
  now.set();
  return result;
}

void Flight::land(std::shared_ptr<const StoredResult> result) {
  {
    std::lock_guard lock(mutex_);
    result_ = std::move(result);
    over_ = true;
    if (!event_) return;  // nobody waits, and nobody will
  }
  event_->notify_all();
}

std::pair<std::shared_ptr<Flight>, bool> Flights::enter(const Id& id,
                                                        const Fingerprint& fingerprint) {
  Shard& at = shard(id);
  std::lock_guard lock(at.mutex);
  std::shared_ptr<Flight>& slot = at.flights[id];
  const bool first = slot == nullptr;
  if (first) slot = std::make_shared<Flight>(fingerprint);
  return {slot, first};
}

void Flights::end(const Id& id, std::shared_ptr<const StoredResult> result) {
  std::shared_ptr<Flight> flight;
  {
    Shard& at = shard(id);
    std::lock_guard lock(at.mutex);
    auto node = at.flights.extract(id);
    if (node.empty()) return;
    flight = std::move(node.mapped());
  }
  flight->land(std::move(result));
}

}  // namespace cpp_lite::idempotency
