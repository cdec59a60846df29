// e2e_peer: one side of an end-to-end test as a process of its own, which ends with the test.
//
//   server               serves Echo on a loopback port, which it prints, until it is killed
//   spread PORT PIECES   reads a MiB of a server stream, prints "paused", waits for a line, reads
//                        the rest, prints how many bytes came, waits to be killed
//   collect PORT PIECES  writes a client stream; prints for each line how many pieces are written;
//                        after the line "end" what the server counted; waits to be killed
//   vanish PORT          calls, leaves two calls open, prints "ready", waits to be killed
#include <cpp_lite/channel.h>
#include <cpp_lite/event.h>
#include <cpp_lite/server.h>
#include <signal.h>
#include <sys/prctl.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "echo.lite.h"

namespace e2e {
namespace {

using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Reader;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using cpp_lite::Writer;

constexpr std::size_t kPiece = 64 << 10;
constexpr int kEarlyPieces = 16;
constexpr auto kPatience = std::chrono::seconds(120);

void wait_for_line() {
  std::string line;
  std::getline(std::cin, line);
}

Blob blob(std::size_t size, std::int64_t count = 0) {
  Blob out;
  out.mutable_data()->assign(size, 'x');
  out.set_count(count);
  return out;
}

class Handler final : public Echo::Handler {
 public:
  Future<Result<Blob>> Unary(ServerContext&, Blob request) override { return request; }
  Future<Status> Spread(ServerContext&, Blob request, Writer<Blob>& out) override {
    for (std::int64_t i = 0; i < request.count(); ++i) {
      if (!co_await out.write(request)) co_return Status(Code::cancelled, "");
    }
    co_return Status();
  }
  // Reads a MiB, then nothing until somebody calls Block. Counts the bytes.
  Future<Result<Blob>> Collect(ServerContext&, Reader<Blob>& in) override {
    Blob sum;
    for (int i = 0; auto message = co_await in.read(); ++i) {
      sum.set_count(sum.count() + static_cast<std::int64_t>(message->data().size()));
      while (i + 1 == kEarlyPieces && !open_) co_await gate_.wait();
    }
    co_return sum;
  }
  Future<Result<Blob>> Block(ServerContext&, Blob request) override {
    open_ = true;
    gate_.notify_all();
    return request;
  }
  Future<Status> Chat(ServerContext&, Reader<Blob>& in, Writer<Blob>& out) override {
    while (auto message = co_await in.read()) {
      if (!co_await out.write(*message)) break;
    }
    co_return Status();
  }
  Future<Result<Blob>> Wait(ServerContext& context, Blob request) override {
    co_await context.cancelled();
    co_return request;
  }

 private:
  // Of the one loop.
  bool open_ = false;
  cpp_lite::Event gate_;
};

int serve() {
  Handler handler;
  cpp_lite::Server server;
  server.add(handler);
  if (!server.listen("127.0.0.1:0").ok()) return 1;
  std::cout << server.port() << std::endl;
  server.run();
  return 0;
}

int spread(Echo::Client echo, std::int64_t pieces) {
  auto stream = echo.Spread(blob(kPiece, pieces), kPatience);
  std::size_t received = 0;
  for (int i = 0; auto message = stream.read().get(); ++i) {
    received += message->data().size();
    if (i + 1 != kEarlyPieces) continue;
    std::cout << "paused" << std::endl;
    wait_for_line();
  }
  std::cout << received << " " << stream.finish().get().to_string() << std::endl;
  wait_for_line();
  return 0;
}

int collect(Echo::Client echo, std::int64_t pieces) {
  auto stream = echo.Collect(kPatience);
  std::atomic<std::int64_t> written = 0;
  std::thread writer([&] {
    const Blob piece = blob(kPiece);
    while (written < pieces && stream.write(piece).get()) ++written;
  });
  for (std::string line; std::getline(std::cin, line) && line != "end";) {
    while (written < kEarlyPieces) std::this_thread::yield();
    std::cout << written << std::endl;
  }
  writer.join();
  const auto reply = stream.finish().get();
  std::cout << (reply ? reply->count() : -1) << " " << reply.status().to_string() << std::endl;
  wait_for_line();
  return 0;
}

int vanish(Echo::Client echo) {
  constexpr std::size_t kNoticeable = 200 << 10;
  if (!echo.Unary(blob(1), kPatience).get()) return 1;
  auto waiting = echo.Wait(blob(kNoticeable), kPatience);
  auto chat = echo.Chat(kPatience);
  if (!chat.write(blob(kNoticeable)).get() || !chat.read().get()) return 1;
  std::cout << "ready" << std::endl;
  wait_for_line();
  return 0;
}

}  // namespace
}  // namespace e2e

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "server") return e2e::serve();
  if (argc < 3) return 2;
  const e2e::Echo::Client echo(cpp_lite::connect("127.0.0.1:" + std::string(argv[2])));
  if (what == "vanish") return e2e::vanish(echo);
  if (argc < 4) return 2;
  const std::int64_t pieces = std::atoll(argv[3]);
  if (what == "spread") return e2e::spread(echo, pieces);
  return what == "collect" ? e2e::collect(echo, pieces) : 2;
}
