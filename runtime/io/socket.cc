#include "io/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "io/loop_asio.h"
#include "io/loop_member.h"
#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

// So many full buffers are read at once, where no other socket has been read for a while.
constexpr int kReads = 4;
// A message of a MiB is one write: its parts would each wake up the peer.
constexpr std::size_t kMostReferred = 1 << 20;
// So many pieces are sent at once: more than one write has, where frames have their usual size.
constexpr std::size_t kPieces = 192;

bool would_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// Where sockets are busy, one that was read has often got more by the time that the others have had
// their turn. To try that takes no epoll_ctl and no waiting; to try in vain takes a recv. So it is
// worth while as long as most tries find something.
class Eagerness {
 public:
  // After the read of this number, of all sockets of the loop: whether to look before waiting.
  bool after(std::uint64_t read) {
    const bool others = read - std::exchange(last_, read) > 1;
    alone_ = others ? 0 : std::min(alone_ + 1, kPatience);
    if (!others) return false;
    if (luck_ > 0) return true;
    if (++patience_ < kPatience) return false;
    patience_ = 0;
    return true;
  }
  // For so many reads that nobody waits in between.
  bool alone() const { return alone_ >= kPatience; }
  void tried(bool found) {
    luck_ = found ? std::min(luck_ + 1, kMostLuck) : std::max(luck_ - 1, 0);
  }

 private:
  static constexpr int kMostLuck = 4;
  static constexpr int kPatience = 32;

  std::uint64_t last_ = 0;
  int luck_ = 1;
  int patience_ = 0;
  int alone_ = kPatience;  // reads since others had one
};

// Without what was `sent` before; as send().
ssize_t send_rest(int fd, const h2::Output& output, std::size_t sent) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (output.whole()) {
    const auto rest = std::span(output.bytes).subspan(sent);
    return ::send(fd, rest.data(), rest.size(), kFlags);
  }
  std::array<iovec, kPieces> pieces;  // on purpose without a value
  msghdr message{};
  message.msg_iov = pieces.data();
  output.each(sent, [&](std::span<const std::uint8_t> piece) {
    // Reads from there, in spite of the type.
    pieces[message.msg_iovlen++] = {const_cast<std::uint8_t*>(piece.data()), piece.size()};
    return message.msg_iovlen < pieces.size();
  });
  return ::sendmsg(fd, &message, kFlags);
}

// A close with received bytes unread would make the system send a reset, which may overtake what
// was written last (a GOAWAY that says why). So they are read, as far as they have come, up to 1
// MiB.
void say_goodbye(int fd) {
  ::shutdown(fd, SHUT_WR);
  std::array<std::uint8_t, 16 * 1024> discarded;
  for (int i = 0; i < 64; ++i) {
    if (::recv(fd, discarded.data(), discarded.size(), MSG_DONTWAIT) <= 0) break;
  }
}

// The reactor's callbacks hold this, the transport below refers to it: an event may thus destroy
// the transport. Reads and writes are made directly, with the reactor asked only to wait: that
// needs no buffer per idle connection, and a write that fits needs no wait.
class SocketState final : public LoopMember,
                          public Looker,
                          public std::enable_shared_from_this<SocketState> {
 public:
  SocketState(AsioLoop& loop, Fd socket)
      : LoopMember(loop), loop_(loop), descriptor_(std::in_place, loop.context()) {
    asio::error_code error;
    descriptor_->assign(socket.get(), error);
    if (error) {
      reason_ = error_words(error.value());
      descriptor_.reset();
    } else {
      socket.release();
    }
  }

  void start(h2::Transport::Listener& listener) {
    listener_ = &listener;
    if (descriptor_) {
      wait_to_read();
    } else {
      loop_.post([self = shared_from_this()] { self->fail(); });
    }
  }

  void write(h2::Output output) {
    output_ = std::move(output);
    sent_ = 0;
    send();
  }

  // Nobody listens any more.
  void close(std::span<const std::uint8_t> last = {}) {
    listener_ = nullptr;
    if (descriptor_ && sent_ >= output_.size() && !last.empty()) {
      (void)::send(descriptor_->native_handle(), last.data(), last.size(),
                   MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    let_go();
  }

  void on_loop_stop() override {
    if (reason_.empty()) reason_ = "the event loop was stopped";
    fail();
  }

 private:
  using Descriptor = asio::posix::stream_descriptor;

  void wait_to_read() {
    descriptor_->async_wait(Descriptor::wait_read,
                            [self = shared_from_this()](const asio::error_code& error) {
                              if (!error) (void)self->read();
                            });
  }

  // And sees to it that it reads again.
  bool read() {
    const bool found = receive();
    if (!descriptor_) return true;
    if (found && eagerness_.after(loop_.count_read())) {
      loop_.look_soon(shared_from_this());
    } else {
      wait_to_read();
    }
    return found;
  }

  bool look() override {
    if (!descriptor_) return false;
    const bool found = read();
    eagerness_.tried(found);
    return found;
  }

  // A read that fills the buffer is followed by others, unless there are sockets that would have to
  // wait meanwhile. Whether there was something. The caller keeps this alive.
  bool receive() {
    const std::span<std::uint8_t> buffer = loop_.read_buffer();
    const int most = eagerness_.alone() ? kReads : 1;
    bool more = true, found = false;
    for (int reads = 0; more && reads < most && descriptor_; ++reads) {
      const ssize_t size =
          ::recv(descriptor_->native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size < 0 && (would_wait(errno) || errno == EINTR)) break;
      if (size <= 0) {
        if (reason_.empty()) reason_ = size == 0 ? "connection closed" : error_words(errno);
        fail();
        return true;
      }
      const auto count = static_cast<std::size_t>(size);
      found = true;
      more = count == buffer.size();
      if (listener_ != nullptr) listener_->on_bytes(buffer.first(count));
    }
    return found;
  }

  void send() {
    if (!descriptor_) return;
    const ssize_t size = send_rest(descriptor_->native_handle(), output_, sent_);
    if (size < 0 && !would_wait(errno) && errno != EINTR) return cannot_send(errno);
    if (size > 0) sent_ += static_cast<std::size_t>(size);
    if (sent_ == output_.size()) {
      loop_.post([self = shared_from_this()] { self->written(); });
    } else {
      descriptor_->async_wait(Descriptor::wait_write,
                              [self = shared_from_this()](const asio::error_code& error) {
                                if (!error) self->send();
                              });
    }
  }

  void written() {
    if (listener_ == nullptr || !descriptor_) return;
    std::vector<std::uint8_t> buffer = std::move(output_.bytes);
    output_.clear();
    listener_->on_written(std::move(buffer));
  }

  // The peer may have said why before it left: everything that it sent is read first, up to the end
  // that shutting down brings about in any case.
  void cannot_send(int error) {
    reason_ = error_words(error);
    ::shutdown(descriptor_->native_handle(), SHUT_RDWR);
  }

  void fail() {
    const auto keep = shared_from_this();
    let_go();
    if (listener_ != nullptr) std::exchange(listener_, nullptr)->on_closed(std::move(reason_));
  }

  void let_go() {
    leave();
    if (!descriptor_) return;
    say_goodbye(descriptor_->native_handle());
    descriptor_.reset();
    output_ = {};
  }

  AsioLoop& loop_;  // not touched once descriptor_ is gone, as the loop may be too
  std::optional<Descriptor> descriptor_;
  h2::Transport::Listener* listener_ = nullptr;
  h2::Output output_;     // being written,
  std::size_t sent_ = 0;  // so far
  std::string reason_;    // set by the first failure
  Eagerness eagerness_;
};

class Socket final : public h2::Transport {
 public:
  Socket(std::shared_ptr<SocketState> state, std::string peer)
      : state_(std::move(state)), peer_(std::move(peer)) {}
  ~Socket() override { state_->close(); }

  void start(Listener& listener) override { state_->start(listener); }
  void write(std::vector<std::uint8_t> bytes) override {
    state_->write(h2::Output(std::move(bytes)));
  }
  void write_pieces(h2::Output output) override { state_->write(std::move(output)); }
  std::size_t most_referred() const override { return kMostReferred; }
  void close() override { state_->close(); }
  void close_with(std::vector<std::uint8_t> last) override { state_->close(last); }
  const std::string& peer() const override { return peer_; }

 private:
  const std::shared_ptr<SocketState> state_;
  const std::string peer_;
};

// Both options are refused by unix sockets, where they would say nothing.
void set_options(int fd, const SocketOptions& options) {
  const int on = 1;
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const auto timeout = static_cast<unsigned>(options.user_timeout.count());
  if (timeout != 0) {
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
  }
}

}  // namespace

std::unique_ptr<h2::Transport> adopt_socket(Loop& loop, Fd socket, std::string peer,
                                            const SocketOptions& options) {
  set_options(socket.get(), options);
  auto state = std::make_shared<SocketState>(dynamic_cast<AsioLoop&>(loop), std::move(socket));
  return std::make_unique<Socket>(std::move(state), std::move(peer));
}

}  // namespace cpp_lite::io
