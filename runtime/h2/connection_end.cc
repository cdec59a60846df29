// Connection, from the drain on.
#include <algorithm>
#include <string_view>
#include <utility>

#include "h2/connection.h"

namespace cpp_lite::h2 {
namespace {

constexpr auto kDrainStep = std::chrono::seconds(1);
constexpr std::string_view kUnfinished = "drained before the handshake was over";

}  // namespace

Connection::~Connection() {
  if (std::exchange(closed_, true)) return;
  const std::string reason = "connection dropped";
  say_goodbye(0, reason);
  transport_->close();
  end_streams(reason);
}

void Connection::drain() {
  if (draining_ || closed_) return;
  if (!transport_->handshake().empty()) return close(std::string(kUnfinished));
  draining_ = true;
  silent_ = false;
  if (side_ == Side::server) {
    session_.send_shutdown_notice();
    drain_alarm_.start(later(loop_->now(), kDrainStep), [this] { send_final_goaway(); });
  }
  wake();
}

void Connection::close(std::string reason, std::uint32_t error) {
  if (closed_) return;
  const auto self = weak_from_this().lock();
  say_goodbye(error, reason);
  finish(reason);
}

void Connection::send_final_goaway() {
  if (closed_ || std::exchange(final_, true)) return;
  drain_alarm_.stop();
  session_.send_goaway(0, {});
  wake();
}

void Connection::check_drained() {
  if (!draining_ && !peer_leaves_) return;
  if (streams_.size() > 0 || writing_ || session_.wants_output()) return;
  if (side_ == Side::client) {
    const std::string& why = session_.goaway_text();
    finish(why.empty() ? "drained" : "drained after GOAWAY " + why);
  } else if ((final_ || peer_leaves_) && !std::exchange(lingers_, true)) {
    drain_alarm_.start(later(loop_->now(), kDrainStep), [this] { finish("drained"); });
  }
}

void Connection::say_goodbye(std::uint32_t error, const std::string& reason) {
  if (!started_) return;
  session_.send_goaway(error, reason);
  if (!writing_) return write_now();
  // Behind what is being written. A client's requests that nobody has seen stay unseen.
  if (side_ == Side::server) session_.output(output_, kWriteAtOnce);
}

void Connection::finish(const std::string& reason) {
  const auto self = weak_from_this().lock();
  closed_ = true;
  peer_alarm_.stop();
  drain_alarm_.stop();
  output_.empty() ? transport_->close() : transport_->close_with(std::move(output_).join());
  end_streams(reason);
  owner_.on_closed(*this, reason);
}

void Connection::end_streams(const std::string& reason) {
  std::vector<std::int32_t> ids = streams_.ids();
  std::ranges::sort(ids);
  std::vector<std::pair<std::int32_t, std::shared_ptr<StreamOwner>>> owners;
  for (const std::int32_t id : ids) {
    owners.emplace_back(id, std::move(streams_.find(id)->owner));
    streams_.erase(id);
  }
  for (auto& [id, owner] : owners) {
    if (owner == nullptr) continue;
    const bool sent = side_ == Side::server || !session_.never_sent(id);
    owner->on_close({sent ? CloseReason::connection_lost : CloseReason::never_sent, 0, reason});
    release(std::move(owner));
  }
}

}  // namespace cpp_lite::h2
