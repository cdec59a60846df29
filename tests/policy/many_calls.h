// A Channel whose calls a test ends one by one, in any order, and streams likewise.
#pragma once

#include <cpp_lite/channel.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/fake_call.h"

namespace cpp_lite {

inline Call call_of(const Method& method, Deadline deadline = Deadline::never()) {
  return {&method, deadline};
}

inline RawReply ending_with(Code code) {
  return code == Code::ok ? RawReply() : RawReply{Status(code, "as told")};
}

// The reason of the first detail, which is short: after its tag and its length.
inline std::string reason_of(const Status& status) {
  if (status.raw_details().empty()) return "";
  const std::string& value = status.raw_details()[0].value;
  return value.substr(2, static_cast<std::size_t>(value[1]));
}

class ManyCalls final : public Channel {
 public:
  Future<RawReply> unary(Call call, Bytes) override {
    calls.push_back(std::move(call));
    ++begun;
    if (at_once) return ending_with(*at_once);
    replies.emplace_back();
    return std::move(replies.back().future);
  }
  std::unique_ptr<RawStream> stream(Call call) override {
    calls.push_back(std::move(call));
    ++begun;
    return std::make_unique<FakeStream>(seen);
  }
  void end(std::size_t which, Code code = Code::ok) {
    replies.at(which).promise.set(ending_with(code));
  }

  int begun = 0;
  std::optional<Code> at_once;  // how calls end as they begin
  std::vector<Call> calls;
  std::deque<Leaf<RawReply>> replies;
  std::shared_ptr<StreamSeen> seen = std::make_shared<StreamSeen>();
};

// A layer around it.
struct Layered {
  explicit Layered(const ClientLayer& layer)
      : calls(std::make_shared<ManyCalls>()), channel(layer(calls)) {}

  Future<RawReply> begin() { return channel->unary(call_of(kUnaryMethod), Bytes()); }
  // One that ends as it begins.
  Status call(Code code) {
    calls->at_once = code;
    Status status = begin().get().status;
    calls->at_once.reset();
    return status;
  }
  void repeat(int times, Code code) {
    for (int i = 0; i < times; ++i) (void)call(code);
  }
  // A stream on which a message comes, or that ends.
  std::unique_ptr<RawStream> stream(Code end = Code::ok, bool message = false) {
    calls->seen->end = ending_with(end);
    calls->seen->to_read.clear();
    if (message) calls->seen->to_read.push_back(Bytes{1});
    return channel->stream(call_of(kStreamMethod));
  }

  std::shared_ptr<ManyCalls> calls;
  std::shared_ptr<Channel> channel;
};

}  // namespace cpp_lite
