// The stream that channels of this room hand out.
#pragma once

#include <cpp_lite/channel.h>

#include <memory>
#include <optional>

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

}  // namespace cpp_lite::client
