#include "io/signals.h"

#include <optional>
#include <utility>

#include "io/loop_asio.h"
#include "io/loop_member.h"

namespace cpp_lite::io {
namespace {

// Held by the handle and by the reactor's callback.
class SignalState final : public LoopMember, public std::enable_shared_from_this<SignalState> {
 public:
  SignalState(AsioLoop& loop, std::function<void(int)> callback)
      : LoopMember(loop), signals_(std::in_place, loop.context()), callback_(std::move(callback)) {}

  bool add(int signal) {
    asio::error_code error;
    signals_->add(signal, error);
    return !error;
  }

  void wait() {
    signals_->async_wait([self = shared_from_this()](const asio::error_code& error, int signal) {
      if (error || !self->signals_) return;
      self->wait();
      self->callback_(signal);
    });
  }

  void close() {
    leave();
    signals_.reset();
  }

  void on_loop_stop() override { close(); }

 private:
  std::optional<asio::signal_set> signals_;
  const std::function<void(int)> callback_;
};

class SignalWatch final : public Operation {
 public:
  explicit SignalWatch(std::shared_ptr<SignalState> state) : state_(std::move(state)) {}
  ~SignalWatch() override { state_->close(); }

 private:
  const std::shared_ptr<SignalState> state_;
};

}  // namespace

std::unique_ptr<Operation> watch_signals(Loop& loop, const std::vector<int>& signals,
                                         std::function<void(int)> callback,
                                         std::vector<int>& refused) {
  auto state = std::make_shared<SignalState>(dynamic_cast<AsioLoop&>(loop), std::move(callback));
  for (const int signal : signals) {
    if (!state->add(signal)) refused.push_back(signal);
  }
  state->wait();
  return std::make_unique<SignalWatch>(std::move(state));
}

}  // namespace cpp_lite::io
