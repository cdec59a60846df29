// One client's connection to a server.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>

#include "h2/connection.h"

namespace cpp_lite::server {

class Shard;
struct PeerFacts;

// Belongs to its shard's loop; the shard holds it until the connection is over. Drains it when it
// has grown old, or has had no calls for a while (gRFC A9, docs/rules.md R57).
class Peer final : private h2::Connection::Owner {
 public:
  Peer(Shard& shard, std::unique_ptr<h2::Transport> transport);

  void start();
  // Among the shard's unfinished handshakes.
  using Place = std::list<Peer*>::iterator;
  void greet_at(Place place) { greeting_ = place; }
  h2::Connection& connection() { return *connection_; }
  // Messages of its calls, which are incomplete or wait to be read, take more memory, or less.
  void received(std::size_t before, std::size_t now) { received_ += now - before; }
  // Tells the shard how much its connection holds.
  void settle();
  std::size_t held() const { return held_; }
  // For its calls, which may outlive it.
  const std::shared_ptr<const PeerFacts>& facts();

 private:
  std::shared_ptr<h2::StreamOwner> on_stream(h2::Connection& connection, std::int32_t id) override;
  void on_settled(h2::Connection& connection) override;
  void on_ready(h2::Connection& connection) override;
  void on_refused(h2::Connection& connection) override;
  void on_closed(h2::Connection& connection, const std::string& reason) override;

  void count_end(const h2::Connection& connection, const std::string& reason);
  SteadyTime from_now(std::chrono::nanoseconds by) const;
  void retire();
  void watch_idle();
  void check_idle();

  Shard& shard_;
  std::size_t received_ = 0;
  std::size_t held_ = 0;  // as the shard knows
  std::shared_ptr<h2::Connection> connection_;
  std::optional<Place> greeting_;
  std::shared_ptr<const PeerFacts> facts_;  // from the first call on
  Timer age_;                               // until it retires, then the grace of its calls
  Timer idle_;                              // until the next check_idle()
  bool used_ = false;                       // a call came, or was there, since the last one
};

}  // namespace cpp_lite::server
