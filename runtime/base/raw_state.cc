#include <cpp_lite/raw_state.h>
#include <cpp_lite/transform.h>

#include <utility>

namespace cpp_lite::detail {
namespace {

template <typename Raw>
class RawState final : public InputState<Raw> {
 public:
  static FutureState* start(Future<Raw> raw, FutureState::AnyFunction take,
                            std::shared_ptr<void> with) {
    auto* const state = new RawState(std::move(raw), take, std::move(with));
    state->InputState<Raw>::start();
    return state;
  }

  Raw take() { return this->input_.take(); }
  const std::shared_ptr<void>& with() const { return with_; }

 private:
  RawState(Future<Raw> raw, FutureState::AnyFunction take, std::shared_ptr<void> with)
      : InputState<Raw>(std::move(raw)), take_(take), with_(std::move(with)) {}

  FutureState::AnyFunction taker() const override { return take_; }

  const FutureState::AnyFunction take_;
  const std::shared_ptr<void> with_;
};

using ReplyState = RawState<RawReply>;
using MessageState = RawState<std::optional<Bytes>>;

}  // namespace

FutureState* taken_from(Future<RawReply> raw, FutureState::AnyFunction take,
                        std::shared_ptr<void> with) {
  return ReplyState::start(std::move(raw), take, std::move(with));
}

FutureState* taken_from(Future<std::optional<Bytes>> raw, FutureState::AnyFunction take,
                        std::shared_ptr<void> with) {
  return MessageState::start(std::move(raw), take, std::move(with));
}

RawReply take_raw_reply(FutureState& ready) { return static_cast<ReplyState&>(ready).take(); }

std::optional<Bytes> take_raw_message(FutureState& ready) {
  return static_cast<MessageState&>(ready).take();
}

const std::shared_ptr<void>& with_reply(FutureState& ready) {
  return static_cast<ReplyState&>(ready).with();
}

const std::shared_ptr<void>& with_message(FutureState& ready) {
  return static_cast<MessageState&>(ready).with();
}

}  // namespace cpp_lite::detail
