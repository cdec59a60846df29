// The streams that channels of this room hand out.
#pragma once

#include <cpp_lite/channel.h>

#include <memory>
#include <optional>
#include <utility>

#include "client/call.h"
#include "client/hedged_call.h"

namespace cpp_lite::client {

// A call as its user holds it. For any thread: what it is asked on another thread is posted to the
// call's loop.
template <typename C>
class StreamOf final : public RawStream {
 public:
  explicit StreamOf(std::shared_ptr<C> call) : call_(std::move(call)) {}
  ~StreamOf() override;
  StreamOf(const StreamOf&) = delete;
  StreamOf& operator=(const StreamOf&) = delete;

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

  const std::shared_ptr<C> call_;
};

using CallStream = StreamOf<ClientCall>;
using HedgedStream = StreamOf<HedgedCall>;

}  // namespace cpp_lite::client
