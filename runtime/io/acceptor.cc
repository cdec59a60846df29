#include "io/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "io/fd.h"
#include "io/listen_socket.h"
#include "io/loop_asio.h"
#include "io/loop_member.h"
#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

// So many connections are accepted at once before others on the loop have their turn.
constexpr int kBatch = 64;
constexpr auto kPause = std::chrono::milliseconds(100);

// The one connection is lost (accept(2) names these), or none was there after all.
bool concerns_one_connection(int error) {
  switch (error) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

// Hands a connection to its loop, on that loop's thread.
struct Delivery {
  std::shared_ptr<Loop> loop;
  Fd socket;
  std::string peer;
  SocketOptions options;
  std::shared_ptr<const AcceptCallback> callback;

  void operator()() {
    if (AsioLoop* ours = AsioLoop::of(*loop)) ours->expect_descriptor();
    (*callback)(loop, adopt_socket(*loop, std::move(socket), std::move(peer), options));
  }
};

// A listener at work. Belongs to the loop's thread. Refers to loops weakly, because the reactor of
// one of them holds it.
class Accepting final : public LoopMember, public std::enable_shared_from_this<Accepting> {
 public:
  Accepting(AsioLoop& loop, std::unique_ptr<ListenSocket> socket, const SocketOptions& options,
            std::vector<std::weak_ptr<Loop>> targets, AcceptCallback callback)
      : LoopMember(loop),
        loop_(loop),
        socket_(std::move(socket)),
        options_(options),
        targets_(std::move(targets)),
        callback_(std::make_shared<const AcceptCallback>(std::move(callback))),
        descriptor_(std::in_place, loop.context()),
        timer_(loop) {
    asio::error_code error;
    descriptor_->assign(socket_->fd(), error);  // a failure shows in the first wait
  }

  void wait() {
    descriptor_->async_wait(asio::posix::stream_descriptor::wait_read,
                            [self = shared_from_this()](const asio::error_code& error) {
                              if (error == asio::error::operation_aborted) return;
                              error ? self->pause() : self->accept_all();
                            });
  }

  void close() {
    leave();
    timer_.stop();
    if (!descriptor_) return;
    descriptor_->release();
    descriptor_.reset();
    socket_.reset();
  }

  void on_loop_stop() override { close(); }

 private:
  void accept_all() {
    for (int i = 0; i < kBatch && descriptor_; ++i) {
      SockAddr peer;
      peer.size = sizeof(peer.storage);
      Fd fd(::accept4(socket_->fd(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (fd) {
        deliver(std::move(fd), to_endpoint(peer).to_string());
      } else if (errno == EAGAIN) {
        break;
      } else if (!concerns_one_connection(errno)) {
        return pause();
      }
    }
    if (descriptor_) wait();
  }

  void deliver(Fd fd, std::string peer) {
    std::shared_ptr<Loop> loop = targets_[next_target_++ % targets_.size()].lock();
    if (!loop) return;  // nobody is left to serve it
    Loop& target = *loop;
    Delivery delivery{std::move(loop), std::move(fd), std::move(peer), options_, callback_};
    if (target.is_current()) {
      delivery();
    } else {
      target.post(std::move(delivery));
    }
  }

  // The connection stays in the backlog, so the socket would be readable again at once.
  void pause() {
    if (!descriptor_) return;
    timer_.start(loop_.now() + kPause, [self = shared_from_this()] { self->accept_all(); });
  }

  AsioLoop& loop_;
  std::unique_ptr<ListenSocket> socket_;
  const SocketOptions options_;
  const std::vector<std::weak_ptr<Loop>> targets_;
  std::size_t next_target_ = 0;
  const std::shared_ptr<const AcceptCallback> callback_;
  std::optional<asio::posix::stream_descriptor> descriptor_;
  Timer timer_;
};

}  // namespace

// Held by the acceptor and the tasks that it posts. listen() fills it in; then it belongs to the
// loop's thread.
class Acceptor::State {
 public:
  Status open(const Endpoint& endpoint, AcceptorOptions options, std::weak_ptr<Loop> own) {
    if (options.targets.empty()) {
      targets_.push_back(std::move(own));
    } else {
      targets_.assign(options.targets.begin(), options.targets.end());
    }
    options_ = options.socket;
    Status status = socket_->open(endpoint, options.backlog, options.reuse_port);
    endpoint_ = socket_->endpoint();
    return status;
  }

  void start(Loop& loop, AcceptCallback callback) {
    if (!socket_) return;
    accepting_ = std::make_shared<Accepting>(dynamic_cast<AsioLoop&>(loop), std::move(socket_),
                                             options_, std::move(targets_), std::move(callback));
    accepting_->wait();
  }

  void close() {
    if (accepting_) accepting_->close();
    accepting_.reset();
    socket_.reset();
  }

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  Endpoint endpoint_;  // constant once open() is done
  std::unique_ptr<ListenSocket> socket_ = std::make_unique<ListenSocket>();  // until start()
  SocketOptions options_;
  std::vector<std::weak_ptr<Loop>> targets_;
  std::shared_ptr<Accepting> accepting_;  // from start() to close()
};

Acceptor::Acceptor(std::shared_ptr<Loop> loop)
    : loop_(std::move(loop)), state_(std::make_shared<State>()) {}

Status Acceptor::listen(std::shared_ptr<Loop> loop, const Endpoint& endpoint,
                        AcceptorOptions options, std::unique_ptr<Acceptor>& acceptor) {
  std::unique_ptr<Acceptor> made(new Acceptor(loop));
  Status status = made->state_->open(endpoint, std::move(options), loop);
  if (status.ok()) acceptor = std::move(made);
  return status;
}

void Acceptor::start(AcceptCallback callback) {
  started_ = true;
  run_on_loop([state = state_, &loop = *loop_, callback = std::move(callback)]() mutable {
    state->start(loop, std::move(callback));
  });
}

Acceptor::~Acceptor() {
  if (started_) run_on_loop([state = state_] { state->close(); });
}

void Acceptor::run_on_loop(Task task) {
  if (loop_->is_current()) {
    task();
  } else {
    loop_->post(std::move(task));
  }
}

const Endpoint& Acceptor::endpoint() const { return state_->endpoint(); }

Status listen_on_loops(const std::vector<std::shared_ptr<Loop>>& loops, const Endpoint& endpoint,
                       const AcceptorOptions& options,
                       std::vector<std::unique_ptr<Acceptor>>& acceptors) {
  const bool share = loops.size() > 1 && endpoint.kind != Endpoint::Kind::local;
  if (share) {
    if (Status status = check_port_is_free(endpoint); !status.ok()) return status;
  }
  std::vector<std::unique_ptr<Acceptor>> made;
  Endpoint next = endpoint;
  for (std::size_t i = 0; i < (share ? loops.size() : 1); ++i) {
    AcceptorOptions own = options;
    own.reuse_port = share;
    if (!share) own.targets = loops;
    Status status = Acceptor::listen(loops[i], next, std::move(own), made.emplace_back());
    if (!status.ok()) return status;
    next = made.back()->endpoint();
  }
  for (auto& acceptor : made) acceptors.push_back(std::move(acceptor));
  return Status();
}

}  // namespace cpp_lite::io
