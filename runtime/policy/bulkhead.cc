#include <cpp_lite/layers.h>

#include <utility>

#include "policy/waiting_room.h"

namespace cpp_lite {
namespace {

class BulkheadChannel final : public Channel {
 public:
  BulkheadChannel(std::shared_ptr<Channel> next, const BulkheadOptions& options)
      : next_(std::move(next)), room_(std::make_shared<policy::WaitingRoom>(options)) {}

  Future<RawReply> unary(Call call, Bytes request) override {
    return in_its_place(next_, room_, std::move(call), std::move(request));
  }
  // They may be long, and would keep the places.
  std::unique_ptr<RawStream> stream(Call call) override { return next_->stream(std::move(call)); }

 private:
  // Static: the channel may be gone while the call runs.
  static Future<RawReply> in_its_place(std::shared_ptr<Channel> next,
                                       std::shared_ptr<policy::WaitingRoom> room, Call call,
                                       Bytes request) {
    policy::Admission admission = co_await room->enter(call);
    if (!admission.status.ok()) co_return RawReply{std::move(admission.status)};
    co_return co_await next->unary(std::move(call), std::move(request));
  }

  const std::shared_ptr<Channel> next_;
  const std::shared_ptr<policy::WaitingRoom> room_;
};

}  // namespace

ClientLayer bulkhead(BulkheadOptions options) {
  return [options = std::move(options)](std::shared_ptr<Channel> next) {
    return std::make_shared<BulkheadChannel>(std::move(next), options);
  };
}

}  // namespace cpp_lite
