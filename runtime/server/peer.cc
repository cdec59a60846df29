#include "server/peer.h"

#include <utility>

#include "server/call.h"
#include "server/shard.h"

namespace cpp_lite::server {

namespace {

h2::ConnectionOptions connection_options(const ServerOptions& server) {
  h2::ConnectionOptions options;
  options.max_concurrent_streams = server.max_concurrent_streams;
  options.stream_window = server.stream_window;
  options.connection_window = server.connection_window;
  options.max_header_list = server.max_header_list;
  options.send_buffer = server.send_buffer;
  options.handshake_timeout = server.handshake_timeout;
  options.keepalive = server.keepalive;
  options.keepalive_timeout = server.keepalive_timeout;
  options.keepalive_without_calls = true;
  return options;
}

}  // namespace

Peer::Peer(Shard& shard, std::unique_ptr<h2::Transport> transport)
    : shard_(shard),
      connection_(std::make_shared<h2::Connection>(
          h2::Connection::Side::server, shard.loop(), std::move(transport),
          static_cast<h2::Connection::Owner&>(*this), connection_options(shard.config().options))) {
}

std::shared_ptr<h2::StreamOwner> Peer::on_stream(h2::Connection& connection, std::int32_t id) {
  return std::make_shared<ServerCall>(shard_, connection, id);
}

void Peer::on_ready(h2::Connection&) {
  if (greeting_) shard_.greeted(*std::exchange(greeting_, std::nullopt));
}

void Peer::on_refused(h2::Connection&) {
  shard_.counters.refused_by_drain.fetch_add(1, std::memory_order_relaxed);
}

void Peer::on_closed(h2::Connection& connection, const std::string& reason) {
  if (greeting_) shard_.greeted(*std::exchange(greeting_, std::nullopt));
  shard_.log(LogLevel::info, "the connection of " + connection.peer() + " ended: " + reason);
  shard_.peer_closed(*this);
}

}  // namespace cpp_lite::server
