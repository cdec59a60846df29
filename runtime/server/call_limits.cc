// ServerCall, where its client asks for too much.
#include <utility>

#include "server/call.h"
#include "server/peer.h"

namespace cpp_lite::server {
namespace {

constexpr std::uint32_t kEnhanceYourCalm = 0xb;  // RFC 9113 section 7
constexpr const char* kNoMemory = "the server is short of memory";

}  // namespace

// Its handler, if it still runs, keeps its place among those of the connection.
h2::Connection* ServerCall::leave_connection() {
  if (started_ && !done_) {
    abandoned_ = true;
    ++facts_->abandoned;
  }
  peer_.received(std::exchange(received_, 0), 0);
  return std::exchange(connection_, nullptr);
}

// A client takes calls back when it has lost interest, or when their time is nearly over.
bool ServerCall::taken_back_early() const {
  const auto passed = clock_.now() - began_;
  if (passed >= shard_.config().options.abuse.early_reset) return false;
  return deadline() == SteadyTime::max() || passed < (deadline() - began_) / 10 * 9;
}

// The client has had so many calls running that it reset; or there is no memory.
bool ServerCall::turned_away_at_once() {
  const bool memory = shard_.short_of_memory();
  if (!crowded_out_ && !memory) return false;
  Counters& counters = shard_.counters;
  (memory ? counters.refused_for_memory : counters.refused_for_abandoned)
      .fetch_add(1, std::memory_order_relaxed);
  shard_.call_refused();
  Status refusal = shard_.config().overload->refuse(clock_.now());
  if (memory) {
    refusal = Status(Code::resource_exhausted, kNoMemory).set_pushback(*refusal.pushback());
  }
  send_status(refusal, nullptr, true);
  return true;
}

std::size_t ServerCall::memory() const {
  return connection_ == nullptr ? 0 : received_ + connection_->held(id_);
}

void ServerCall::note_memory() {
  if (connection_ == nullptr || inbox_.memory() == received_) return;
  peer_.received(received_, inbox_.memory());
  received_ = inbox_.memory();
}

// With words, if nothing is in their way.
void ServerCall::end_for_memory() {
  if (connection_ == nullptr) return;
  Peer& peer = peer_;
  shard_.counters.ended_for_memory.fetch_add(1, std::memory_order_relaxed);
  if (open() && connection_->queued(id_) == 0) {
    const bool proven = leave_queue(Stage::ended) || !started_;
    send_status(Status(Code::resource_exhausted, kNoMemory), nullptr, proven);
    token_.cancel();
  } else {
    cut(kEnhanceYourCalm);
  }
  inbox_.clear();
  note_memory();
  peer.settle();
}

// The stream ends at once, without words: half a message may be on its way, or the client does not
// let the answer out.
void ServerCall::cut(std::uint32_t error) {
  answered_ = true;
  answered_ok_ = false;
  leave_queue(Stage::ended);
  deadline_timer_.stop();  // no on_close() follows, and the call may end on another thread
  stop_idle_timer();
  leave_connection()->reset(id_, error);
  token_.cancel();
  stop_waiting();
  over_before_start();
}

void ServerCall::bad_message(const Status& bad) {
  if (bad.code() == Code::resource_exhausted) {
    shard_.counters.messages_over_limit.fetch_add(1, std::memory_order_relaxed);
  }
  abort(bad);
}

}  // namespace cpp_lite::server
