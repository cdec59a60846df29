#include "io/pipe.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "io/loop_member.h"

namespace cpp_lite::io {
namespace {

enum Side : std::size_t { kClient, kServer };

constexpr Side other(Side side) { return side == kClient ? kServer : kClient; }

// Both directions of a pipe. Held by both ends, by the control and by posted tasks.
class PipeState final : public PipeControl,
                        public LoopMember,
                        public std::enable_shared_from_this<PipeState> {
 public:
  explicit PipeState(Loop& loop) : LoopMember(loop), loop_(loop) {}

  void start(Side side, h2::Transport::Listener& listener) {
    ends_[side].listener = &listener;
    ends_[side].started = true;
    schedule(other(side));  // what was written to it before
    if (cut_) post_closed(side);
  }

  void write(Side side, std::vector<std::uint8_t> bytes) {
    Direction& out = from_[side];
    out.bytes = std::move(bytes);
    out.begin = 0;
    out.busy = true;
    schedule(side);
  }

  // The other end still gets what was written, then the end.
  void close(Side side) {
    if (std::exchange(ends_[side].closed, true)) return;
    ends_[side].listener = nullptr;
    schedule(side);
    if (ends_[kClient].closed && ends_[kServer].closed) leave();
  }

  void close_with(Side side, std::span<const std::uint8_t> last) {
    Direction& out = from_[side];
    if (!std::exchange(out.busy, true)) {
      out.bytes.clear();
      out.begin = 0;
    }
    out.bytes.insert(out.bytes.end(), last.begin(), last.end());
    close(side);
  }

  void set_to_server(const PipeFaults& faults) override { set_faults(kClient, faults); }
  void set_to_client(const PipeFaults& faults) override { set_faults(kServer, faults); }

  void cut(std::string reason) override {
    if (std::exchange(cut_, true)) return;
    reason_ = std::move(reason);
    post_closed(kClient);
    post_closed(kServer);
  }

  void on_loop_stop() override { cut("the event loop was stopped"); }

 private:
  struct End {
    h2::Transport::Listener* listener = nullptr;
    bool started = false;
    bool closed = false;
  };
  // What one end sends. Each pass delivers one piece, in a task of its own.
  struct Direction {
    std::vector<std::uint8_t> bytes;
    std::size_t begin = 0;   // delivered of `bytes`
    bool busy = false;       // between write() and on_written()
    bool scheduled = false;  // a pass is posted
    std::size_t passed = 0;  // delivered in all
    PipeFaults faults;
  };

  void set_faults(Side from, const PipeFaults& faults) {
    from_[from].faults = faults;
    schedule(from);
  }

  void schedule(Side from) {
    if (std::exchange(from_[from].scheduled, true)) return;
    loop_.post([self = shared_from_this(), from] { self->pass(from); });
  }

  void pass(Side from) {
    Direction& out = from_[from];
    out.scheduled = false;
    End& to = ends_[other(from)];
    if (cut_ || out.faults.stall || !to.started) return;
    if (out.passed >= out.faults.cut_after) return cut("connection reset by peer");
    if (out.begin < out.bytes.size()) return deliver(from);
    if (std::exchange(out.busy, false) && ends_[from].listener != nullptr) {
      ends_[from].listener->on_written(std::exchange(out.bytes, {}));
    }
    if (ends_[from].closed && !out.busy) tell_closed(other(from), "connection closed");
  }

  void deliver(Side from) {
    Direction& out = from_[from];
    std::size_t size = std::min(out.bytes.size() - out.begin, out.faults.cut_after - out.passed);
    if (out.faults.chunk != 0) size = std::min(size, out.faults.chunk);
    const auto piece = std::span<const std::uint8_t>(out.bytes).subspan(out.begin, size);
    out.begin += size;
    out.passed += size;
    schedule(from);
    if (h2::Transport::Listener* to = ends_[other(from)].listener) to->on_bytes(piece);
  }

  void post_closed(Side side) {
    loop_.post([self = shared_from_this(), side] { self->tell_closed(side, self->reason_); });
  }

  void tell_closed(Side side, std::string reason) {
    h2::Transport::Listener* listener = std::exchange(ends_[side].listener, nullptr);
    close(side);
    if (listener != nullptr) listener->on_closed(std::move(reason));
  }

  Loop& loop_;
  std::array<End, 2> ends_;
  std::array<Direction, 2> from_;
  bool cut_ = false;
  std::string reason_;  // of the cut
};

class PipeEnd final : public h2::Transport {
 public:
  PipeEnd(std::shared_ptr<PipeState> state, Side side, std::string peer)
      : state_(std::move(state)), side_(side), peer_(std::move(peer)) {}
  ~PipeEnd() override { state_->close(side_); }

  void start(Listener& listener) override { state_->start(side_, listener); }
  void write(std::vector<std::uint8_t> bytes) override { state_->write(side_, std::move(bytes)); }
  void close() override { state_->close(side_); }
  void close_with(std::vector<std::uint8_t> last) override { state_->close_with(side_, last); }
  const std::string& peer() const override { return peer_; }

 private:
  const std::shared_ptr<PipeState> state_;
  const Side side_;
  const std::string peer_;
};

}  // namespace

Pipe make_pipe(Loop& loop, std::string peer) {
  auto state = std::make_shared<PipeState>(loop);
  return {std::make_unique<PipeEnd>(state, kClient, peer),
          std::make_unique<PipeEnd>(state, kServer, peer), state};
}

}  // namespace cpp_lite::io
