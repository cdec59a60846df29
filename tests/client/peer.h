// The server that a test plays by hand: every connection and stream that a channel opens, and verbs
// for what is sent back.
#pragma once

#include <cpp_lite/channel.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "h2/connection.h"
#include "io/pipe.h"
#include "wire/frame.h"

namespace cpp_lite::client {

constexpr std::uint32_t kNoError = 0;
constexpr std::uint32_t kRefusedStream = 7;
constexpr std::uint32_t kCancel = 8;

inline std::string framed(std::string_view text, bool compressed = false) {
  std::vector<std::uint8_t> out;
  wire::frame_into(out, compressed,
                   {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return {out.begin(), out.end()};
}

// One stream as the server sees it.
class PeerStream final : public h2::StreamOwner {
 public:
  PeerStream(std::shared_ptr<h2::Connection> connection, std::int32_t id)
      : connection_(std::move(connection)), id_(id) {}

  // What came.
  std::string header(std::string_view name) const {
    return std::string(headers_.get(name).value_or("(none)"));
  }
  // As RFC 9113 6.5.2 counts for SETTINGS_MAX_HEADER_LIST_SIZE.
  std::uint32_t header_list() const {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      bytes += headers_.name(i).size() + headers_.value(i).size() + 32;
    }
    return static_cast<std::uint32_t>(bytes);
  }
  const std::string& body() const { return body_; }
  bool half_closed() const { return half_closed_; }
  bool closed() const { return closed_; }
  std::uint32_t reset_code() const { return reset_code_; }

  // What goes back.
  void headers(h2::HeaderList list) { connection_->send_headers(id_, list, false); }
  void headers() { headers({{":status", "200"}, {"content-type", "application/grpc"}}); }
  void raw(std::string_view bytes, bool end = false) {
    connection_->send_data(id_, Bytes(bytes.begin(), bytes.end()), end);
  }
  void message(std::string_view text) { raw(framed(text)); }
  void trailers(h2::HeaderList list) { connection_->send_trailers(id_, list); }
  void status(std::string_view code) { trailers({{"grpc-status", code}}); }
  void only_headers(h2::HeaderList list) { connection_->send_headers(id_, list, true); }
  void trailers_only(std::string_view code, std::string_view message = "") {
    only_headers({{":status", "200"},
                  {"content-type", "application/grpc"},
                  {"grpc-status", code},
                  {"grpc-message", message}});
  }
  void answer(std::string_view text) {
    headers();
    message(text);
    status("0");
  }
  void reset(std::uint32_t code) { connection_->reset(id_, code); }
  // What the client's windows do not let through.
  std::size_t queued() const { return connection_->queued(id_); }
  // Gives the client's window back, now and from now on.
  void take_back() {
    reads = true;
    connection_->consume(id_, body_.size());
  }

  bool reads = true;  // gives the client's window back

 private:
  void on_headers(h2::HeaderBlock block, bool end_stream) override {
    headers_ = std::move(block);
    half_closed_ = end_stream;
  }
  void on_data(std::span<const std::uint8_t> bytes) override {
    body_.append(bytes.begin(), bytes.end());
    if (reads) connection_->consume(id_, bytes.size());
  }
  void on_end() override { half_closed_ = true; }
  void on_writable() override {}
  void on_close(const h2::StreamClose& close) override {
    closed_ = true;
    reset_code_ = close.error;
  }

  const std::shared_ptr<h2::Connection> connection_;
  const std::int32_t id_;
  h2::HeaderBlock headers_;
  std::string body_;
  bool half_closed_ = false;
  bool closed_ = false;
  std::uint32_t reset_code_ = 0;
};

class Peer final : private h2::Connection::Owner {
 public:
  explicit Peer(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}
  ~Peer() { close_all(); }

  // The client's end of a new connection, which calls this peer by that name.
  std::unique_ptr<h2::Transport> connect(std::string name = "inproc:") {
    io::Pipe pipe = io::make_pipe(*loop_, std::move(name));
    h2::Connection::Owner& owner = *this;
    connections.push_back(std::make_shared<h2::Connection>(h2::Side::server, loop_,
                                                           std::move(pipe.server), owner, options));
    pipes.push_back(pipe.control);
    if (speaks) connections.back()->start();
    return std::move(pipe.client);
  }

  PeerStream& stream(std::size_t i) { return *streams.at(i); }
  PeerStream& last() { return *streams.back(); }
  void close_all() {
    for (const auto& connection : std::exchange(connections, {})) connection->close("test is over");
  }

  h2::ConnectionOptions options;
  bool speaks = true;    // of connections to come: sends SETTINGS
  bool refuses = false;  // answers new streams with REFUSED_STREAM
  std::vector<std::shared_ptr<h2::Connection>> connections;
  std::vector<std::shared_ptr<io::PipeControl>> pipes;
  std::vector<std::shared_ptr<PeerStream>> streams;
  std::vector<std::string> lost;  // why connections ended

 private:
  std::shared_ptr<h2::StreamOwner> on_stream(h2::Connection& connection, std::int32_t id) override {
    ++asked;
    if (refuses) return nullptr;
    streams.push_back(std::make_shared<PeerStream>(connection.shared_from_this(), id));
    return streams.back();
  }
  void on_closed(h2::Connection&, const std::string& reason) override { lost.push_back(reason); }

  const std::shared_ptr<Loop> loop_;

 public:
  int asked = 0;  // streams, refused ones included
};

}  // namespace cpp_lite::client
