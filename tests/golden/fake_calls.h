// The two sides of generated code without a runtime between them: a channel that records calls, and
// a served call that is fed by hand. For one thread.
#pragma once

#include <cpp_lite/generated.h>
#include <google/protobuf/message_lite.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace cpp_lite::golden {

// Serialized, without the prefix.
inline Bytes bytes_of(const google::protobuf::MessageLite& message) {
  const std::string text = message.SerializeAsString();
  return Bytes(text.begin(), text.end());
}

inline Bytes without_prefix(const Bytes& bytes) {
  return Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(kMessagePrefix), bytes.end());
}

struct RecordedCall {
  const Method* method;
  Deadline deadline;
  std::vector<Bytes> messages;  // without prefix
  std::string idempotency_key = {};
};

class RecordingStream final : public RawStream {
 public:
  RecordingStream(RecordedCall& call, const Bytes& answer) : call_(call), answer_(answer) {}

  Future<bool> write(Bytes message) override {
    call_.messages.push_back(without_prefix(message));
    return true;
  }
  Future<bool> close_writes() override { return true; }
  Future<std::optional<Bytes>> read() override {
    if (std::exchange(answered_, true)) return std::optional<Bytes>();
    return std::optional<Bytes>(answer_);
  }
  Future<Metadata> headers() override { return Metadata(); }
  Future<RawReply> finish() override { return RawReply{Status(), answer_}; }
  void cancel() override {}

 private:
  RecordedCall& call_;
  Bytes answer_;
  bool answered_ = false;
};

// Answers every call with the same bytes.
class RecordingChannel final : public Channel {
 public:
  Bytes answer;
  std::deque<RecordedCall> calls;

  Future<RawReply> unary(Call call, Bytes request) override {
    calls.push_back({call.method,
                     call.deadline,
                     {without_prefix(request)},
                     std::move(call.options.idempotency_key)});
    return RawReply{Status(), answer};
  }
  std::unique_ptr<RawStream> stream(Call call) override {
    calls.push_back({call.method, call.deadline, {}});
    return std::make_unique<RecordingStream>(calls.back(), answer);
  }
};

class FakeContext final : public ServerContext {
 public:
  explicit FakeContext(const Method& method) : method_(method) {}
  Bytes request;

  const Method& method() const override { return method_; }
  const std::string& peer() const override { return nobody_; }
  const Metadata& metadata() const override { return metadata_; }
  const std::string& principal() const override { return nobody_; }
  void set_principal(std::string) override {}
  int attempt() const override { return 1; }
  SteadyTime deadline() const override { return SteadyTime::max(); }
  std::chrono::nanoseconds remaining() const override { return kUnbounded; }
  std::shared_ptr<CallContext> handle() const override { return nullptr; }
  bool set_header(std::string_view, std::string_view) override { return false; }
  bool set_trailer(std::string_view, std::string_view) override { return false; }
  Future<bool> send_headers() override { return false; }
  void set_compression(Compression) override {}
  std::span<const std::uint8_t> request_bytes() const override { return request; }
  std::span<const std::uint8_t> response_bytes() const override { return {}; }
  Status answer(std::span<const std::uint8_t>, Status status) override { return status; }

 private:
  const Method& method_;
  std::string nobody_;
  Metadata metadata_;
};

class FakeServedCall final : public detail::ServedCall {
 public:
  explicit FakeServedCall(const Method& method) : context_(method) {}
  std::deque<Bytes> requests;
  std::vector<Bytes> responses;  // without prefix
  Status failure;

  FakeContext& context() override { return context_; }
  Future<std::optional<Bytes>> read() override {
    if (requests.empty()) return std::optional<Bytes>();
    std::optional<Bytes> next(std::move(requests.front()));
    requests.pop_front();
    return next;
  }
  Future<bool> write(Bytes message) override {
    responses.push_back(without_prefix(message));
    return true;
  }
  void respond(Bytes message) override { responses.push_back(without_prefix(message)); }
  void fail(Status status) override { failure = std::move(status); }

 private:
  FakeContext context_;
};

}  // namespace cpp_lite::golden
