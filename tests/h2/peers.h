// A client and a server Connection over a wire in memory, and owners that write down what they
// hear.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "h2/connection.h"
#include "memory_wire.h"

namespace cpp_lite::h2 {

constexpr std::uint32_t kNoError = 0x0;
constexpr std::uint32_t kProtocolError = 0x1;
constexpr std::uint32_t kRefused = 0x7;
constexpr std::uint32_t kCancel = 0x8;

inline std::string to_text(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}
inline std::vector<std::uint8_t> to_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

inline std::string to_text(const StreamClose& close) {
  static const char* const kNames[] = {"finished",    "reset_by_peer",   "refused",
                                       "reset_by_us", "connection_lost", "never_sent"};
  std::string text = std::string("close ") + kNames[static_cast<int>(close.reason)];
  if (close.error != 0) text.append(" ").append(std::to_string(close.error));
  if (!close.detail.empty()) text.append(": ").append(close.detail);
  return text;
}

// One stream's events as lines: "headers a=b c=d", "headers/end ...", "data" (once per run of
// DATA), "end", "writable", "close ...".
class Recorder final : public StreamOwner {
 public:
  void on_headers(HeaderBlock block, bool end_stream) override {
    std::string line = end_stream ? "headers/end" : "headers";
    for (std::size_t i = 0; i < block.size(); ++i) {
      line.append(" ").append(block.name(i)).append("=").append(block.value(i));
    }
    if (block.over_limit) line += " (over limit)";
    last_block = std::move(block);
    ended |= end_stream;
    add(std::move(line));
  }
  void on_data(std::span<const std::uint8_t> bytes) override {
    body += to_text(bytes);
    if (consumes) connection->consume(id, bytes.size());
    if (lines.empty() || lines.back() != "data") add("data");
  }
  void on_end() override {
    ended = true;
    add("end");
  }
  void on_writable() override { add("writable"); }
  void on_close(const StreamClose& close) override {
    closed = true;
    add(to_text(close));
  }
  bool taken_back_early() const override { return early; }

  std::shared_ptr<Connection> connection;
  std::int32_t id = 0;
  bool consumes = true;
  bool early = true;
  std::vector<std::string> lines;
  std::string body;
  HeaderBlock last_block;
  bool ended = false;
  bool closed = false;
  std::function<void(Recorder&, const std::string& line)> hook;

 private:
  void add(std::string line) {
    lines.push_back(std::move(line));
    if (hook) hook(*this, std::string(lines.back()));
  }
};

class ClientOwner : public Connection::Owner {
 public:
  void on_ready(Connection&) override { lines.push_back("ready"); }
  void on_draining(Connection&) override { lines.push_back("draining"); }
  void on_capacity(Connection&) override {
    lines.push_back("capacity");
    if (hook) hook();
  }
  void on_closed(Connection&, const std::string& reason) override {
    lines.push_back("closed: " + reason);
  }
  std::vector<std::string> lines;
  std::function<void()> hook;
};

class ServerOwner : public Connection::Owner {
 public:
  std::shared_ptr<StreamOwner> on_stream(Connection& connection, std::int32_t id) override {
    if (refuses) return nullptr;
    if (accepting) accepting(connection, id);
    auto stream = std::make_shared<Recorder>();
    stream->connection = connection.shared_from_this();
    stream->id = id;
    stream->hook = handler;
    streams[id] = stream;
    return stream;
  }
  void on_closed(Connection&, const std::string& reason) override {
    lines.push_back("closed: " + reason);
  }
  bool refuses = false;
  std::function<void(Connection&, std::int32_t id)> accepting;
  std::function<void(Recorder&, const std::string& line)> handler;
  std::map<std::int32_t, std::shared_ptr<Recorder>> streams;
  std::vector<std::string> lines;
};

inline const HeaderList kRequest = {
    {":method", "POST"}, {":scheme", "http"}, {":path", "/a.B/C"}, {":authority", "test"}};
inline const HeaderList kResponse = {{":status", "200"}};
inline const HeaderList kTrailers = {{"grpc-status", "0"}};
inline const std::string kRequestLine =
    "headers :method=POST :scheme=http :path=/a.B/C :authority=test";

class Peers : public testing::Test {
 protected:
  void SetUp() override { connect({}, {}); }
  void TearDown() override {
    hang_up();
    loop->run_until_idle();
    EXPECT_EQ(loop->armed_timers(), 0u);
  }

  void connect(const ConnectionOptions& client_options, const ConnectionOptions& server_options) {
    hang_up();
    wire = std::make_shared<Wire>(loop);
    client_owner = {};
    server_owner = {};
    client = std::make_shared<Connection>(Side::client, loop, wire->end(0), client_owner,
                                          client_options);
    server = std::make_shared<Connection>(Side::server, loop, wire->end(1), server_owner,
                                          server_options);
    client->start();
    server->start();
    loop->run_until_idle();
    ASSERT_TRUE(client->can_open());
  }

  // Recorders hold their connection, as calls do; this undoes it.
  void hang_up() {
    for (auto& [id, stream] : server_owner.streams) stream->connection.reset();
    for (auto& call : calls) call->connection.reset();
    calls.clear();
    server_owner.streams.clear();
    client.reset();
    server.reset();
  }

  std::shared_ptr<Recorder> call(const HeaderList& headers = kRequest) {
    auto recorder = std::make_shared<Recorder>();
    recorder->connection = client;
    recorder->id = client->open(headers, recorder);
    calls.push_back(recorder);
    return recorder;
  }
  Recorder& served(std::int32_t id) { return *server_owner.streams.at(id); }

  // The server answers every request, when it has ended, with its own body.
  void serve_echo() {
    server_owner.handler = [](Recorder& stream, const std::string& line) {
      if (!stream.ended || line.starts_with("close")) return;
      if (line == "writable") return;
      Connection& connection = *stream.connection;
      connection.send_headers(stream.id, kResponse, false);
      connection.send_data(stream.id, to_bytes(stream.body), false);
      connection.send_trailers(stream.id, kTrailers);
    };
  }

  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::shared_ptr<Wire> wire;
  ClientOwner client_owner;
  ServerOwner server_owner;
  std::shared_ptr<Connection> client;
  std::shared_ptr<Connection> server;
  std::vector<std::shared_ptr<Recorder>> calls;
};

using Lines = std::vector<std::string>;

}  // namespace cpp_lite::h2
