// ServerCall, where its client asks for too much.
#include <utility>

#include "server/call.h"
#include "server/peer.h"

namespace cpp_lite::server {

// Its handler, if it still runs, keeps its place among those of the connection.
h2::Connection* ServerCall::leave_connection() {
  if (started_ && !done_) {
    abandoned_ = peer_.abandoned();
    ++*abandoned_;
  }
  return std::exchange(connection_, nullptr);
}

// A client takes calls back when it has lost interest, or when their time is nearly over.
bool ServerCall::taken_back_early() const {
  const auto passed = clock_.now() - began_;
  if (passed >= shard_.config().options.abuse.early_reset) return false;
  return deadline() == SteadyTime::max() || passed < (deadline() - began_) / 10 * 9;
}

// The client has had so many calls running that it reset.
bool ServerCall::turned_away_by_peer() {
  if (!crowded_out_) return false;
  shard_.counters.refused_for_abandoned.fetch_add(1, std::memory_order_relaxed);
  shard_.call_refused();
  send_status(shard_.config().overload->refuse(clock_.now()), nullptr, true);
  return true;
}

void ServerCall::bad_message(const Status& bad) {
  if (bad.code() == Code::resource_exhausted) {
    shard_.counters.messages_over_limit.fetch_add(1, std::memory_order_relaxed);
  }
  abort(bad);
}

}  // namespace cpp_lite::server
