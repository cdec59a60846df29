#include "client/dialer.h"

#include <utility>
#include <vector>

#include "io/connect.h"
#include "io/resolve.h"
#include "wire/causes.h"

namespace cpp_lite::client {
namespace {

class TargetDialer final : public Dialer {
 public:
  TargetDialer(io::Target target, const io::SocketOptions& options)
      : target_(std::move(target)), options_(options) {}

  std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                         Resolved callback) override {
    return io::resolve(
        loop, target_,
        [this, callback = std::move(callback)](Status status, std::vector<io::Endpoint> endpoints) {
          endpoints_ = io::families_in_turn(std::move(endpoints));
          callback(std::move(status), endpoints_.size());
        });
  }

  std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop, std::size_t way,
                                      SteadyTime give_up_at, Dialed callback) override {
    return io::connect_to(*loop, endpoints_[way], give_up_at, std::move(callback), options_);
  }

  std::string endpoint(std::size_t way) const override { return endpoints_[way].to_string(); }

  std::unique_ptr<Dialer> sole(std::size_t way) const override {
    io::Target target;
    target.endpoints = {endpoints_[way]};
    target.authority = target_.authority;
    return std::make_unique<TargetDialer>(std::move(target), options_);
  }

 private:
  const io::Target target_;
  const io::SocketOptions options_;
  std::vector<io::Endpoint> endpoints_;
};

// Something to do in the next turn of the loop, unless it is dropped before.
class NextTurn final : public io::Operation {
 public:
  NextTurn(Loop& loop, Task task) : task_(std::make_shared<Task>(std::move(task))) {
    loop.post([task = std::weak_ptr<Task>(task_)] {
      const std::shared_ptr<Task> alive = task.lock();  // the task may drop this operation
      if (alive != nullptr) (*alive)();
    });
  }

 private:
  std::shared_ptr<Task> task_;
};

class FunctionDialer final : public Dialer {
 public:
  FunctionDialer(MakeTransport make, std::string peer)
      : make_(std::move(make)), peer_(std::move(peer)) {}

  std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                         Resolved callback) override {
    return std::make_unique<NextTurn>(*loop,
                                      [callback = std::move(callback)] { callback(Status(), 1); });
  }

  std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop, std::size_t, SteadyTime,
                                      Dialed callback) override {
    return std::make_unique<NextTurn>(
        *loop, [this, &on = *loop, callback = std::move(callback)] { finish(on, callback); });
  }

  std::string endpoint(std::size_t) const override { return peer_; }
  std::unique_ptr<Dialer> sole(std::size_t) const override {
    return std::make_unique<FunctionDialer>(make_, peer_);
  }

 private:
  void finish(Loop& loop, const Dialed& callback) {
    std::unique_ptr<h2::Transport> transport = make_(loop);
    Status status;
    if (transport == nullptr) status = wire::local_status(wire::LocalCause::connecting_failed);
    callback(std::move(status), std::move(transport));
  }

  const MakeTransport make_;
  const std::string peer_;
};

class SeldomDialer final : public Dialer {
 public:
  SeldomDialer(std::unique_ptr<Dialer> bare, std::chrono::nanoseconds interval)
      : bare_(std::move(bare)), interval_(interval) {}

  std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                         Resolved callback) override {
    if (ways_ > 0 && loop->now() - began_ < interval_) {
      return std::make_unique<NextTurn>(
          *loop, [this, callback = std::move(callback)] { callback(Status(), ways_); });
    }
    began_ = loop->now();
    ways_ = 0;
    return bare_->resolve(loop,
                          [this, callback = std::move(callback)](Status status, std::size_t ways) {
                            ways_ = status.ok() ? ways : 0;
                            callback(std::move(status), ways);
                          });
  }

  std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop, std::size_t way,
                                      SteadyTime give_up_at, Dialed callback) override {
    return bare_->dial(loop, way, give_up_at, std::move(callback));
  }
  std::string endpoint(std::size_t way) const override { return bare_->endpoint(way); }
  std::unique_ptr<Dialer> sole(std::size_t way) const override { return bare_->sole(way); }

 private:
  const std::unique_ptr<Dialer> bare_;
  const std::chrono::nanoseconds interval_;
  SteadyTime began_;
  std::size_t ways_ = 0;  // that bare_ knows; 0: none, or not yet
};

class SecureDialer final : public Dialer {
 public:
  SecureDialer(std::unique_ptr<Dialer> bare, std::shared_ptr<ClientCredentials> credentials,
               std::string authority)
      : bare_(std::move(bare)),
        credentials_(std::move(credentials)),
        authority_(std::move(authority)) {}

  std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                         Resolved callback) override {
    return bare_->resolve(loop, std::move(callback));
  }

  std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop, std::size_t way,
                                      SteadyTime give_up_at, Dialed callback) override {
    return bare_->dial(loop, way, give_up_at,
                       [this, &on = *loop, callback = std::move(callback)](
                           Status status, std::unique_ptr<h2::Transport> transport) {
                         if (transport != nullptr) {
                           transport = credentials_->secure(on, std::move(transport), authority_);
                         }
                         callback(std::move(status), std::move(transport));
                       });
  }

  std::string endpoint(std::size_t way) const override { return bare_->endpoint(way); }
  std::unique_ptr<Dialer> sole(std::size_t way) const override {
    return std::make_unique<SecureDialer>(bare_->sole(way), credentials_, authority_);
  }

 private:
  const std::unique_ptr<Dialer> bare_;
  const std::shared_ptr<ClientCredentials> credentials_;
  const std::string authority_;
};

}  // namespace

std::unique_ptr<Dialer> resolve_seldom(std::unique_ptr<Dialer> bare,
                                       std::chrono::nanoseconds interval) {
  return std::make_unique<SeldomDialer>(std::move(bare), interval);
}

std::unique_ptr<Dialer> dial_securely(std::unique_ptr<Dialer> bare,
                                      std::shared_ptr<ClientCredentials> credentials,
                                      std::string authority) {
  return std::make_unique<SecureDialer>(std::move(bare), std::move(credentials),
                                        std::move(authority));
}

std::unique_ptr<Dialer> dial_target(io::Target target, const io::SocketOptions& options) {
  return std::make_unique<TargetDialer>(std::move(target), options);
}

std::unique_ptr<Dialer> dial_with(MakeTransport make, std::string peer) {
  return std::make_unique<FunctionDialer>(std::move(make), std::move(peer));
}

}  // namespace cpp_lite::client
