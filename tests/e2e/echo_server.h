// The server of the end-to-end tests, on a loopback port, and a channel to it.
#pragma once

#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "echo.lite.h"

namespace e2e {

using namespace std::chrono_literals;
using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Reader;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using cpp_lite::Writer;

// Far more than anything here takes: it bounds a test that hangs.
constexpr auto kPatience = 120s;

inline Blob blob(std::string data, std::int64_t count = 0) {
  Blob out;
  out.set_data(std::move(data));
  out.set_count(count);
  return out;
}

class EchoHandler : public Echo::Handler {
 public:
  Future<Result<Blob>> Unary(ServerContext&, Blob request) override { return request; }

  Future<Result<Blob>> Collect(ServerContext&, Reader<Blob>& in) override {
    Blob all;
    while (auto message = co_await in.read()) {
      all.mutable_data()->append(message->data());
      all.set_count(all.count() + 1);
    }
    co_return all;
  }

  Future<Status> Spread(ServerContext&, Blob request, Writer<Blob>& out) override {
    for (std::int64_t i = 0; i < request.count(); ++i) {
      if (!co_await out.write(request)) co_return Status(Code::cancelled, "");
    }
    co_return Status();
  }

  Future<Status> Chat(ServerContext&, Reader<Blob>& in, Writer<Blob>& out) override {
    while (auto message = co_await in.read()) {
      if (!co_await out.write(*message)) break;
    }
    co_return Status();
  }

  Future<Result<Blob>> Wait(ServerContext& context, Blob request) override {
    {
      const std::lock_guard lock(mutex);
      ++waiting;
      changed.notify_all();
    }
    co_await context.cancelled();
    const std::lock_guard lock(mutex);
    --waiting;
    changed.notify_all();
    co_return request;
  }

  Future<Result<Blob>> Block(ServerContext&, Blob request) override {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
    --waiting;
    return request;
  }

  // Blocks the test until so many handlers wait.
  void until_waiting(int wanted) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, kPatience, [&] { return waiting == wanted; });
    EXPECT_EQ(wanted, waiting);
  }
  void open_gate() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }

 private:
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  bool open = false;
};

class EndToEnd : public ::testing::Test {
 protected:
  void serve(cpp_lite::ServerOptions options = {}, cpp_lite::RunOn run_on = cpp_lite::RunOn::loop) {
    server.emplace(std::move(options));
    server->add(handler, run_on);
    const Status status = server->listen("127.0.0.1:0");
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  std::shared_ptr<cpp_lite::Channel> channel(cpp_lite::ConnectOptions options = {}) {
    return cpp_lite::connect("127.0.0.1:" + std::to_string(server->port()), std::move(options));
  }
  Echo::Client client(cpp_lite::ConnectOptions options = {}) {
    return Echo::Client(channel(std::move(options)));
  }

  EchoHandler handler;
  std::optional<cpp_lite::Server> server;
};

}  // namespace e2e
