#include "redis/pool.h"

namespace cpp_lite::redis {
namespace {

// Removes a record if it has expired, whatever its index says.
class Removal final : public Operation {
 public:
  Removal(const Id& of, std::size_t& count) : Operation(of, {}), count_(count) {}

  Change step(const Record* before, Time now, const Quota&) override {
    removes_ = before != nullptr && idempotency::expired(*before, now);
    return {removes_};
  }
  void answer() override { count_ += removes_ ? 1 : 0; }
  void fail(const Status&) override {}  // another time

 private:
  std::size_t& count_;
  bool removes_ = false;
};

}  // namespace

Result<std::size_t> purge(Session& session, ServerClock& clock, std::size_t max) {
  const Result<Time> server = session.server_time();
  if (!server.ok()) return server.status();
  const idempotency::Reading reading = clock.read(*server);
  if (!reading.trusted) return std::size_t{0};
  const Result<std::vector<Id>> ids = session.purgeable(reading.now, max);
  if (!ids.ok()) return ids.status();
  std::size_t count = 0;
  Operations removals;
  for (const Id& id : *ids) removals.push_back(std::make_unique<Removal>(id, count));
  if (removals.empty()) return count;
  if (Status status = fetch_and_run(session, clock, removals); !status.ok()) return status;
  return count;
}

}  // namespace cpp_lite::redis
