// A Future whose result is made from that of another one, without a coroutine. For the runtime.
#pragma once

#include <cpp_lite/future.h>

#include <memory>
#include <type_traits>
#include <utility>

namespace cpp_lite::detail {

// Ready when its input is. What the consumer takes is made on the consumer's thread, then; so
// waiting for it needs no executor, and a handler may block on it.
//
// `input_` is the consumer's. The producer's half is the continuation that waits for it: that one
// only passes on that the result is there.
template <typename From>
class InputState : public FutureState {
 public:
  std::shared_ptr<Executor> home() override {
    FutureState* const input = input_.shared();
    return input != nullptr ? input->home() : nullptr;
  }

 protected:
  explicit InputState(Future<From> input) : input_(std::move(input)) {}

  // Once, before anybody else has it.
  void start() {
    Task pass_on([this] {
      this->complete();
      this->release();
    });
    FutureState* const input = input_.shared();
    if (input == nullptr || !input->wait(nullptr, pass_on)) pass_on();
  }

  Future<From> input_;

 private:
  void abandoned() override {
    // The continuation runs, perhaps at this moment; or it never will, and its reference is ours.
    if (input_.shared()->try_abandon()) {
      input_ = Future<From>();
      this->release();
    }
    this->release();
  }
  void destroy() override { delete this; }
};

template <typename From, typename F>
class TransformedState final : public InputState<From> {
  using To = std::invoke_result_t<F&, From>;

 public:
  static Future<To> start(Future<From> input, F make) {
    auto* state = new TransformedState(std::move(input), std::move(make));
    Future<To> result(static_cast<FutureState*>(state));
    state->InputState<From>::start();
    return result;
  }

 private:
  TransformedState(Future<From> input, F make)
      : InputState<From>(std::move(input)), make_(std::move(make)) {}

  FutureState::AnyFunction taker() const override { return untyped<To>(&make_result); }
  static Stored<To> make_result(FutureState& ready) {
    auto& self = static_cast<TransformedState&>(ready);
    return self.make_(self.input_.take());
  }

  F make_;
};

// `make(result of input)`, on the thread that takes it; at once if the input is ready. Dropping it
// drops the input. It is part of no coroutine and no executor.
template <typename From, typename F>
Future<std::invoke_result_t<F&, From>> transform(Future<From> input, F make) {
  if (input.ready()) return make(input.take());
  return TransformedState<From, F>::start(std::move(input), std::move(make));
}

}  // namespace cpp_lite::detail
