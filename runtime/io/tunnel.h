// A stream of bytes to a peer behind an HTTP proxy, which CONNECT opens (RFC 9110 9.3.6).
#pragma once

#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "h2/transport.h"

namespace cpp_lite::io {

// Belongs to one loop's thread. First open(), then what every transport does.
class Tunnel final : public h2::Transport, private h2::Transport::Listener {
 public:
  // OK; or why the proxy made no tunnel, in words.
  using Opened = std::function<void(Status)>;

  // `proxy`: a transport to it that was not started. `peer`: who is behind it.
  Tunnel(Loop& loop, std::unique_ptr<h2::Transport> proxy, std::string peer)
      : loop_(loop), proxy_(std::move(proxy)), peer_(std::move(peer)) {}

  // Sends a whole CONNECT request. `opened` comes once, never inside this call, and may destroy the
  // tunnel.
  void open(const std::string& request, Opened opened);

  void start(h2::Transport::Listener& listener) override;
  void write(std::vector<std::uint8_t> bytes) override { proxy_->write(std::move(bytes)); }
  void write_pieces(h2::Output output) override { proxy_->write_pieces(std::move(output)); }
  std::size_t most_referred() const override { return proxy_->most_referred(); }
  void close() override;
  void close_with(std::vector<std::uint8_t> last) override;
  const std::string& peer() const override { return peer_; }

 private:
  void on_bytes(std::span<const std::uint8_t> bytes) override;
  void on_written(std::vector<std::uint8_t> buffer) override;
  void on_closed(std::string reason) override;

  void read_answer();
  void finish(Status status);
  void deliver();

  Loop& loop_;
  const std::unique_ptr<h2::Transport> proxy_;
  const std::string peer_;
  Opened opened_;          // until it has been called
  bool written_ = false;   // the request
  bool answered_ = false;  // with 2xx
  std::string answer_;     // as far as it has come

  h2::Transport::Listener* listener_ = nullptr;
  // What came before the listener did, and was not delivered yet.
  std::vector<std::uint8_t> early_;
  std::string closed_early_;                                         // why; empty: it is not
  std::shared_ptr<Tunnel*> self_ = std::make_shared<Tunnel*>(this);  // for what is posted
};

}  // namespace cpp_lite::io
