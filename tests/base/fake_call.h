// Both ends of a call without a network: a Channel that a test answers, and a served call.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/handler.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tracer.h"

namespace cpp_lite {

inline constexpr Method kUnaryMethod{.path = "/test.Echo/Say"};
inline constexpr Method kStreamMethod{
    .path = "/test.Echo/Chat", .client_streams = true, .server_streams = true};

// What a FakeStream was asked to do, seen from outside after it is gone.
struct StreamSeen {
  std::vector<Bytes> written;
  std::vector<Bytes> to_read;  // from the back
  bool closed = false, cancelled = false, dropped = false;
  RawReply end;
};

class FakeStream final : public RawStream {
 public:
  explicit FakeStream(std::shared_ptr<StreamSeen> seen) : seen_(std::move(seen)) {}
  ~FakeStream() override { seen_->dropped = true; }

  Future<bool> write(Bytes message) override {
    seen_->written.push_back(std::move(message));
    return true;
  }
  Future<bool> close_writes() override { return seen_->closed = true; }
  Future<std::optional<Bytes>> read() override {
    if (seen_->to_read.empty()) return std::optional<Bytes>();
    std::optional<Bytes> next = std::move(seen_->to_read.back());
    seen_->to_read.pop_back();
    return next;
  }
  Future<Metadata> headers() override { return Metadata({"from", "fake"}); }
  Future<RawReply> finish() override { return seen_->end; }
  void cancel() override { seen_->cancelled = true; }

 private:
  const std::shared_ptr<StreamSeen> seen_;
};

// Keeps the last call that it got.
class FakeChannel final : public Channel {
 public:
  Future<RawReply> unary(Call call, Bytes request) override {
    last = std::move(call);
    last_request = std::move(request);
    return std::move(reply.future);
  }
  std::unique_ptr<RawStream> stream(Call call) override {
    last = std::move(call);
    return std::make_unique<FakeStream>(seen);
  }

  Call last{nullptr, Deadline::never()};
  Bytes last_request;
  Leaf<RawReply> reply;
  std::shared_ptr<StreamSeen> seen = std::make_shared<StreamSeen>();
};

// A call as a layer sees it. The end of the chain is a Future that the test gives.
class FakeServedCall final : public ServerContext, public Next::Chain, public detail::ServedCall {
 public:
  const Method& method() const override { return kUnaryMethod; }
  const std::string& peer() const override { return peer_; }
  const Metadata& metadata() const override { return received; }
  const std::string& principal() const override { return principal_; }
  void set_principal(std::string principal) override { principal_ = std::move(principal); }
  int attempt() const override { return 1; }
  SteadyTime deadline() const override { return SteadyTime::max(); }
  std::chrono::nanoseconds remaining() const override { return std::chrono::nanoseconds::max(); }
  std::shared_ptr<CallContext> handle() const override { return nullptr; }
  bool set_header(std::string_view key, std::string_view value) override {
    sent.set(key, value);
    return true;
  }
  bool set_trailer(std::string_view, std::string_view) override { return true; }
  Future<bool> send_headers() override { return true; }
  void set_compression(Compression) override {}
  std::span<const std::uint8_t> request_bytes() const override { return request; }
  std::span<const std::uint8_t> response_bytes() const override { return response; }
  Status answer(std::span<const std::uint8_t>, Status status) override { return status; }

  Future<Status> run(std::size_t) override {
    ++handled;
    return std::move(handler);
  }

  ServerContext& context() override { return *this; }
  Future<std::optional<Bytes>> read() override { return std::move(next_read); }
  Future<bool> write(Bytes message) override {
    response = std::move(message);
    return true;
  }
  void respond(Bytes message) override { response = std::move(message); }
  void fail(Status status) override { failure = std::move(status); }

  Metadata received, sent;
  Future<Status> handler = Status();
  int handled = 0;
  Bytes request, response;
  Future<std::optional<Bytes>> next_read = std::optional<Bytes>();
  Status failure;

 private:
  const std::string peer_ = "ipv4:127.0.0.1:4000";
  std::string principal_;
};

}  // namespace cpp_lite
