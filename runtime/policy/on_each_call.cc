#include <cpp_lite/layers.h>

#include <utility>

#include "policy/request_id.h"

namespace cpp_lite {
namespace {

class ChangingChannel final : public Channel {
 public:
  ChangingChannel(std::shared_ptr<Channel> next, std::function<void(Call&)> change)
      : next_(std::move(next)), change_(std::move(change)) {}

  Future<RawReply> unary(Call call, Bytes request) override {
    change_(call);
    return next_->unary(std::move(call), std::move(request));
  }
  std::unique_ptr<RawStream> stream(Call call) override {
    change_(call);
    return next_->stream(std::move(call));
  }

 private:
  const std::shared_ptr<Channel> next_;
  const std::function<void(Call&)> change_;
};

}  // namespace

ClientLayer on_each_call(std::function<void(Call&)> change) {
  return [change = std::move(change)](std::shared_ptr<Channel> next) {
    return std::make_shared<ChangingChannel>(std::move(next), change);
  };
}

ClientLayer with_metadata(std::string key, std::string value) {
  return on_each_call([key = std::move(key), value = std::move(value)](Call& call) {
    call.options.metadata.add(key, value);
  });
}

ClientLayer with_request_ids() {
  return on_each_call([ids = std::make_shared<policy::RequestIds>()](Call& call) {
    Metadata& metadata = call.options.metadata;
    if (!metadata.contains(kRequestId)) metadata.add(kRequestId, ids->next());
  });
}

}  // namespace cpp_lite
