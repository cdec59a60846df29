// A served connection in memory and virtual time, with verbs for what its client does and sees.
#pragma once

#include <cpp_lite/server.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "h2/connection.h"
#include "io/pipe.h"
#include "server/shard.h"
#include "support/fake_loop.h"

namespace cpp_lite::server {

inline std::string text(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}
inline Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }
// A message as it travels: flag, length, text.
inline Bytes framed(std::string_view message, std::uint8_t flag = 0) {
  Bytes out = {flag};
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(message.size() >> shift));
  }
  for (const char byte : message) out.push_back(static_cast<std::uint8_t>(byte));
  return out;
}
// A message as a handler hands it over.
inline Bytes outgoing(std::string_view message) {
  Bytes out(kMessagePrefix);
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

// A service whose methods are functions on bytes, set by each test.
class ByteService final : public Service {
 public:
  using Function = std::function<Future<Status>(detail::ServedCall&)>;
  Function unary, collect, spread, chat;

  std::string_view service_name() const override { return "test.Bytes"; }
  std::span<const Route> routes() override {
    static const Route kRoutes[] = {{&kUnary, &serve<&ByteService::unary>},
                                    {&kCollect, &serve<&ByteService::collect>},
                                    {&kSpread, &serve<&ByteService::spread>},
                                    {&kChat, &serve<&ByteService::chat>}};
    return kRoutes;
  }

  static constexpr Method kUnary{.path = "/test.Bytes/Unary"};
  static constexpr Method kCollect{.path = "/test.Bytes/Collect", .client_streams = true};
  static constexpr Method kSpread{.path = "/test.Bytes/Spread", .server_streams = true};
  static constexpr Method kChat{.path = "/test.Bytes/Chat",
                                .client_streams = true,
                                .server_streams = true,
                                .idle_timeout = std::chrono::seconds(30)};

 private:
  template <auto kMember>
  static Future<Status> serve(Service& service, detail::ServedCall& call) {
    return (static_cast<ByteService&>(service).*kMember)(call);
  }
};

// What a client sees of one stream.
struct Answer final : h2::StreamOwner {
  std::optional<h2::HeaderBlock> headers, trailers;
  std::string body;
  bool ended = false;
  std::optional<h2::StreamClose> closed;

  void on_headers(h2::HeaderBlock block, bool end_stream) override {
    ended = ended || end_stream;
    (headers ? trailers : headers) = std::move(block);
  }
  void on_data(std::span<const std::uint8_t> data) override { body += text(data); }
  void on_end() override { ended = true; }
  void on_writable() override {}
  void on_close(const h2::StreamClose& close) override { closed = close; }

  std::string header(std::string_view name) const { return find(headers, name); }
  // Of the trailers, or of the only block.
  std::string trailer(std::string_view name) const {
    return find(trailers ? trailers : headers, name);
  }
  std::string status() const { return ended ? trailer("grpc-status") : "none"; }
  bool trailers_only() const { return ended && headers && !trailers; }
  // The runtime proves that nothing was executed.
  bool not_executed() const { return trailer("cpp-lite-not-executed") == "1"; }
  std::string pushback() const { return trailer("grpc-retry-pushback-ms"); }

 private:
  static std::string find(const std::optional<h2::HeaderBlock>& block, std::string_view name) {
    return block ? std::string(block->get(name).value_or("")) : "";
  }
};

class Served : public ::testing::Test, private h2::Connection::Owner {
 protected:
  Served() { config.options.log = nullptr; }
  void TearDown() override {
    if (client) client->close("test over");
    shard->drain(loop->now(), nullptr);
    loop->advance(std::chrono::seconds(5));
  }

  // Once, after the configuration was changed.
  void connect() {
    config.router.add(service, run_on);
    shard.emplace(loop, config);
    io::Pipe pipe = io::make_pipe(*loop);
    shard->accept(std::move(pipe.server));
    client = std::make_shared<h2::Connection>(
        h2::Connection::Side::client, loop, std::move(pipe.client),
        static_cast<h2::Connection::Owner&>(*this), h2::ConnectionOptions{});
    client->start();
    turn();
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;
  static Headers request(std::string_view path, Headers more = {}) {
    Headers headers = {{":method", "POST"},          {":scheme", "http"},
                       {":path", std::string(path)}, {":authority", "test"},
                       {"te", "trailers"},           {"content-type", "application/grpc"}};
    headers.insert(headers.end(), more.begin(), more.end());
    return headers;
  }

  std::shared_ptr<Answer> open(const Headers& headers) {
    h2::HeaderList list;
    for (const auto& [name, value] : headers) list.push_back({name, value});
    auto answer = std::make_shared<Answer>();
    id = client->open(list, answer);
    turn();
    return answer;
  }
  void send(Bytes data, bool end) {
    client->send_data(id, std::move(data), end);
    turn();
  }
  // A whole unary request.
  std::shared_ptr<Answer> call(std::string_view path, std::string_view message = "hi",
                               Headers more = {}) {
    auto answer = open(request(path, std::move(more)));
    send(framed(message), true);
    return answer;
  }
  void turn() { loop->run_until_idle(); }

  ByteService service;
  RunOn run_on = RunOn::loop;
  Config config;
  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::optional<Shard> shard;
  std::shared_ptr<h2::Connection> client;
  std::int32_t id = 0;
  std::string lost;

 private:
  void on_closed(h2::Connection&, const std::string& reason) override { lost = reason; }
};

}  // namespace cpp_lite::server
