// A server for tests with real loops: sends every message of a call back, and OK.
#pragma once

#include <cpp_lite/loop.h>

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "h2/connection.h"
#include "io/pipe.h"

namespace cpp_lite::client {

class EchoStream final : public h2::StreamOwner {
 public:
  EchoStream(h2::Connection& connection, std::int32_t id) : connection_(connection), id_(id) {}

 private:
  void on_headers(h2::HeaderBlock, bool end_stream) override {
    connection_.send_headers(id_, {{":status", "200"}, {"content-type", "application/grpc"}},
                             false);
    if (end_stream) on_end();
  }
  void on_data(std::span<const std::uint8_t> bytes) override {
    connection_.consume(id_, bytes.size());
    connection_.send_data(id_, Bytes(bytes.begin(), bytes.end()), false);
  }
  void on_end() override { connection_.send_trailers(id_, {{"grpc-status", "0"}}); }
  void on_writable() override {}
  void on_close(const h2::StreamClose&) override {}

  h2::Connection& connection_;
  const std::int32_t id_;
};

// Lives until its connection is over.
class EchoServer final : private h2::Connection::Owner {
 public:
  static void serve(Loop& loop, std::unique_ptr<h2::Transport> transport) {
    auto server = std::make_shared<EchoServer>();
    const std::shared_ptr<Loop> borrowed(std::shared_ptr<Loop>(), &loop);
    h2::Connection::Owner& owner = *server;
    server->connection_ = std::make_shared<h2::Connection>(
        h2::Side::server, borrowed, std::move(transport), owner, h2::ConnectionOptions());
    server->self_ = server;
    server->connection_->start();
  }

 private:
  std::shared_ptr<h2::StreamOwner> on_stream(h2::Connection& connection, std::int32_t id) override {
    return std::make_shared<EchoStream>(connection, id);
  }
  void on_closed(h2::Connection& connection, const std::string&) override {
    connection.loop().post([self = std::move(self_)] {});
  }

  std::shared_ptr<h2::Connection> connection_;
  std::shared_ptr<EchoServer> self_;
};

inline std::unique_ptr<h2::Transport> connect_to_echo(Loop& loop) {
  io::Pipe pipe = io::make_pipe(loop);
  EchoServer::serve(loop, std::move(pipe.server));
  return std::move(pipe.client);
}

}  // namespace cpp_lite::client
