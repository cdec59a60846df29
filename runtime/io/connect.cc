#include "io/connect.h"

#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "io/loop_asio.h"
#include "io/loop_member.h"
#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

Status failed(const std::string& words, const Endpoint& endpoint) {
  Status status(Code::unavailable, words + ": " + endpoint.to_string());
  status.set_phase("connecting");
  return status;
}

// Held by the reactor's callbacks and posted tasks; given up by the handle below.
class ConnectState final : public LoopMember, public std::enable_shared_from_this<ConnectState> {
 public:
  ConnectState(AsioLoop& loop, const Endpoint& endpoint, ConnectCallback callback,
               const SocketOptions& options)
      : LoopMember(loop),
        loop_(loop),
        endpoint_(endpoint),
        callback_(std::move(callback)),
        options_(options),
        timer_(loop) {}

  void start(SteadyTime give_up_at) {
    if (const int error = begin(); error != 0) {
      loop_.post([self = shared_from_this(), error] { self->fail(error_words(error)); });
      return;
    }
    timer_.start(give_up_at, [this] { fail("no answer in time"); });
    descriptor_->async_wait(asio::posix::stream_descriptor::wait_write,
                            [self = shared_from_this()](const asio::error_code& error) {
                              if (!error) self->connected();
                            });
  }

  void give_up() {
    const ConnectCallback dropped = std::move(callback_);
    callback_ = nullptr;
    let_go();
  }

  void on_loop_stop() override { fail("the event loop was stopped"); }

 private:
  // Starts the system's connect; 0 when it is under way or done.
  int begin() {
    SockAddr addr;
    if (!to_sockaddr(endpoint_, addr)) return EINVAL;
    Fd socket(::socket(addr.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return errno;
    if (::connect(socket.get(), addr.get(), addr.size) != 0 && errno != EINPROGRESS) return errno;
    // Only now, because the reactor would take a socket that is not yet connecting for hung up.
    asio::error_code error;
    descriptor_.emplace(loop_.context());
    descriptor_->assign(socket.get(), error);
    if (error) return error.value();
    socket.release();
    return 0;
  }

  void connected() {
    if (!descriptor_) return;
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(descriptor_->native_handle(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(error_words(error));
    // TCP's own trick: a port of this machine that nobody listens on may be connected to itself.
    if (connected_to_itself()) return fail(error_words(ECONNREFUSED));
    Fd socket(descriptor_->release());
    finish(Status(), adopt_socket(loop_, std::move(socket), endpoint_.to_string(), options_));
  }

  bool connected_to_itself() {
    if (endpoint_.kind == Endpoint::Kind::local) return false;
    SockAddr own;
    SockAddr peer;
    own.size = peer.size = sizeof(own.storage);
    const int fd = descriptor_->native_handle();
    return ::getsockname(fd, own.get(), &own.size) == 0 &&
           ::getpeername(fd, peer.get(), &peer.size) == 0 && to_endpoint(own) == to_endpoint(peer);
  }

  void fail(const std::string& words) { finish(failed(words, endpoint_), nullptr); }

  void finish(Status status, std::unique_ptr<h2::Transport> transport) {
    const auto keep = shared_from_this();
    let_go();
    if (!callback_) return;
    const ConnectCallback callback = std::exchange(callback_, nullptr);
    callback(std::move(status), std::move(transport));
  }

  void let_go() {
    leave();
    timer_.stop();
    descriptor_.reset();
  }

  AsioLoop& loop_;
  const Endpoint endpoint_;
  ConnectCallback callback_;  // null: given up, or called
  const SocketOptions options_;
  std::optional<asio::posix::stream_descriptor> descriptor_;
  Timer timer_;
};

class Connecting final : public Operation {
 public:
  explicit Connecting(std::shared_ptr<ConnectState> state) : state_(std::move(state)) {}
  ~Connecting() override { state_->give_up(); }

 private:
  const std::shared_ptr<ConnectState> state_;
};

}  // namespace

std::unique_ptr<Operation> connect_to(Loop& loop, const Endpoint& endpoint, SteadyTime give_up_at,
                                      ConnectCallback callback, const SocketOptions& options) {
  auto state = std::make_shared<ConnectState>(dynamic_cast<AsioLoop&>(loop), endpoint,
                                              std::move(callback), options);
  state->start(give_up_at);
  return std::make_unique<Connecting>(std::move(state));
}

}  // namespace cpp_lite::io
