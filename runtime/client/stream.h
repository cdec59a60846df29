// The streams that channels of this room hand out.
#pragma once

#include <cpp_lite/channel.h>

#include <memory>
#include <optional>
#include <utility>

#include "client/call.h"

namespace cpp_lite::client {

// A call as its user holds it. For any thread: what it is asked on another thread is posted to the
// call's loop.
class CallStream final : public RawStream {
 public:
  explicit CallStream(std::shared_ptr<ClientCall> call) : call_(std::move(call)) {}
  ~CallStream() override;
  CallStream(const CallStream&) = delete;
  CallStream& operator=(const CallStream&) = delete;

  Future<bool> write(Bytes message) override;
  Future<bool> close_writes() override;
  Future<std::optional<Bytes>> read() override;
  Future<Metadata> headers() override;
  Future<RawReply> finish() override;
  void cancel() override;

 private:
  template <typename F>
  void on_loop(F operation);
  template <typename T, typename F>
  Future<T> pending(F operation);

  const std::shared_ptr<ClientCall> call_;
};

// A call that ended before it began.
class EndedStream final : public RawStream {
 public:
  explicit EndedStream(Status why) : why_(std::move(why)) {}

  Future<bool> write(Bytes) override { return false; }
  Future<bool> close_writes() override { return false; }
  Future<std::optional<Bytes>> read() override { return std::optional<Bytes>(); }
  Future<Metadata> headers() override { return Metadata(); }
  Future<RawReply> finish() override { return RawReply{why_}; }
  void cancel() override {}

 private:
  const Status why_;
};

}  // namespace cpp_lite::client
