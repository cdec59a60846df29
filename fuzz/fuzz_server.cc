// The whole server over a connection in memory, with handlers of all four kinds that echo. Whatever
// bytes come, and however the client reads, leaves or is waited for: in the end every call and the
// connection are gone, and every handler has come to its end.
//
// The first byte: bit 0 plays the client's preface and SETTINGS first, bits 1 to 3 say how the
// bytes are cut, bit 4 lets the client not read, bit 5 shuts the server down behind half of the
// bytes, bit 6 makes limits small, bit 7 lets an hour pass before the client leaves.
#include <cpp_lite/server.h>
#include <cpp_lite/testing.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/check.h"
#include "io/pipe.h"
#include "server/impl.h"

namespace {

using cpp_lite::Bytes;
using cpp_lite::Future;
using cpp_lite::Method;
using cpp_lite::Status;
using cpp_lite::detail::ServedCall;
using Input = std::span<const std::uint8_t>;

int handlers_running = 0;

struct Running {
  Running() { ++handlers_running; }
  ~Running() { --handlers_running; }
};

Bytes prefixed(Input message) {
  Bytes out(cpp_lite::kMessagePrefix);
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

void echo_metadata(cpp_lite::ServerContext& context) {
  for (const auto& [key, value] : context.metadata()) {
    context.set_header(key, value);
    context.set_trailer(key, value);
  }
}

class Echo final : public cpp_lite::Service {
 public:
  std::string_view service_name() const override { return "f.E"; }
  std::span<const cpp_lite::Route> routes() override {
    static constexpr cpp_lite::Route kRoutes[] = {
        {&kUnary, &one}, {&kCollect, &collect}, {&kSpread, &spread}, {&kChat, &chat}};
    return kRoutes;
  }

 private:
  static constexpr Method kUnary{.path = "/f.E/U"};
  static constexpr Method kCollect{.path = "/f.E/C", .client_streams = true};
  static constexpr Method kSpread{.path = "/f.E/S", .server_streams = true};
  static constexpr Method kChat{.path = "/f.E/B",
                                .client_streams = true,
                                .server_streams = true,
                                .idle_timeout = std::chrono::seconds(30)};

  static Future<Status> one(Service&, ServedCall& call) {
    echo_metadata(call.context());
    call.respond(prefixed(call.context().request_bytes()));
    return Status();
  }
  static Future<Status> collect(Service&, ServedCall& call) {
    const Running running;
    Bytes all;
    while (auto message = co_await call.read()) {
      all.insert(all.end(), message->begin(), message->end());
    }
    call.respond(prefixed(all));
    co_return Status();
  }
  static Future<Status> spread(Service&, ServedCall& call) {
    const Running running;
    echo_metadata(call.context());
    for (int i = 0; i < 5; ++i) {
      if (!co_await call.write(prefixed(Bytes(30'000)))) co_return Status();
    }
    co_return Status(cpp_lite::Code::aborted, "after five");
  }
  static Future<Status> chat(Service&, ServedCall& call) {
    const Running running;
    call.context().set_compression(cpp_lite::Compression::gzip);
    while (auto message = co_await call.read()) {
      if (!co_await call.write(prefixed(*message))) break;
    }
    co_return Status();
  }
};

// Throws away what it reads.
class Client final : public cpp_lite::h2::Transport::Listener {
 public:
  explicit Client(std::unique_ptr<cpp_lite::h2::Transport> transport)
      : transport_(std::move(transport)) {
    transport_->start(*this);
  }
  void write(Bytes bytes) { transport_->write(std::move(bytes)); }

 private:
  void on_bytes(Input) override {}
  void on_written(Bytes) override {}
  void on_closed(std::string) override {}

  const std::unique_ptr<cpp_lite::h2::Transport> transport_;
};

Bytes greeting() {
  const std::string magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  Bytes bytes(magic.begin(), magic.end());
  bytes.insert(bytes.end(), {0, 0, 0, 4, 0, 0, 0, 0, 0});
  return bytes;
}

cpp_lite::ServerOptions options_of(unsigned choice, cpp_lite::testing::ManualClock& clock) {
  cpp_lite::ServerOptions options{.clock = &clock, .manual_loops = true, .log = nullptr};
  if ((choice & 64) == 0) return options;
  options.max_receive_message = 20;
  options.max_header_list = 400;
  options.max_concurrent_streams = 2;
  options.stream_window = 30;
  options.send_buffer = 1;
  options.keepalive = std::chrono::seconds(10);
  return options;
}

void converse(cpp_lite::Server& server, cpp_lite::testing::ManualClock& clock, unsigned choice,
              Input input) {
  cpp_lite::Loop& loop = *server.loop();
  const auto settle = [&] {
    while (loop.poll() > 0) {
    }
  };
  cpp_lite::io::Pipe pipe = cpp_lite::io::make_pipe(loop);
  pipe.control->set_to_server({.chunk = std::size_t{1} << (2 * (choice >> 1 & 7))});
  pipe.control->set_to_client({.stall = (choice & 16) != 0});
  server.impl()->shard(0).accept(std::move(pipe.server));
  Client client(std::move(pipe.client));
  Bytes first = (choice & 1) != 0 ? greeting() : Bytes();
  const Input half = input.first(input.size() / 2);
  first.insert(first.end(), half.begin(), half.end());
  client.write(std::move(first));
  settle();
  if ((choice & 32) != 0) server.shutdown(std::chrono::seconds(5));
  client.write(Bytes(input.begin() + static_cast<std::ptrdiff_t>(half.size()), input.end()));
  settle();
  for (int minutes = 0; (choice & 128) != 0 && minutes < 65; minutes += 5) {
    clock.advance(std::chrono::minutes(5));
    settle();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  cpp_lite::testing::ManualClock clock;
  Echo echo;
  cpp_lite::Server server(options_of(data[0], clock));
  server.add(echo);
  converse(server, clock, data[0], Input(data + 1, size - 1));
  while (server.loop()->poll() > 0) {
  }
  FUZZ_CHECK(server.stats().connections_open == 0);
  FUZZ_CHECK(server.stats().calls_open == 0);
  FUZZ_CHECK(handlers_running == 0);
  return 0;
}
