#include <cpp_lite/server.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "io/acceptor.h"
#include "io/signals.h"
#include "io/target.h"
#include "server/impl.h"
#include "server/keyed.h"

namespace cpp_lite {

Server::Impl::Impl(ServerOptions options) {
  config_.options = std::move(options);
  const int loops = std::max(1, config_.options.loops);
  for (int i = 0; i < loops; ++i) {
    auto loop = Loop::create({.clock = config_.options.clock,
                              .thread = !config_.options.manual_loops,
                              .busy_poll = config_.options.busy_poll});
    shards_.push_back(std::make_unique<server::Shard>(std::move(loop), config_));
  }
}

void Server::Impl::require_setup() const {
  std::lock_guard lock(mutex_);
  if (listening_) detail::die("Server::add() after listen(): calls may be running already");
}

void Server::Impl::add(ServerLayer layer) {
  require_setup();
  config_.layers.push_back(std::move(layer));
}

void Server::Impl::add(Service& service, RunOn run_on) {
  require_setup();
  if (run_on == RunOn::threads && config_.pool == nullptr) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const int wanted = config_.options.threads;
    config_.pool = std::make_shared<io::ThreadPool>(
        wanted > 0 ? static_cast<std::size_t>(wanted) : 2 * cores, config_.options.queue);
  }
  config_.router.add(service, run_on);
}

void Server::Impl::add(std::shared_ptr<Service> service, RunOn run_on) {
  add(*service, run_on);
  kept_.push_back(std::move(service));
}

namespace {

const char* negative_time(const ServerOptions& options) {
  if (options.busy_poll.count() < 0) return "busy_poll must not be negative";
  if (options.keepalive.count() < 0) return "keepalive must not be negative";
  if (options.min_ping_interval.count() < 0) return "min_ping_interval must not be negative";
  if (options.min_ping_interval_without_calls.count() < 0) {
    return "min_ping_interval_without_calls must not be negative";
  }
  if (options.max_connection_age.count() < 0) return "max_connection_age must not be negative";
  if (options.max_connection_age_grace.count() < 0) {
    return "max_connection_age_grace must not be negative";
  }
  if (options.max_connection_idle.count() < 0) return "max_connection_idle must not be negative";
  return nullptr;
}

Status check_options(const ServerOptions& options) {
  constexpr std::uint32_t kMaxWindow = 0x7fffffff;  // RFC 9113 6.9.1
  const char* wrong = nullptr;
  if (options.loops < 1) wrong = "loops must be at least 1";
  if (options.threads < 0) wrong = "threads must not be negative";
  if (options.max_concurrent_streams == 0) wrong = "max_concurrent_streams must be at least 1";
  if (options.stream_window == 0 || options.stream_window > kMaxWindow) {
    wrong = "stream_window must be within 1 and 2^31-1";
  }
  if (options.connection_window == 0 || options.connection_window > kMaxWindow) {
    wrong = "connection_window must be within 1 and 2^31-1";
  }
  if (options.send_buffer == 0) wrong = "send_buffer must be at least 1";
  if (options.default_deadline.count() <= 0) wrong = "default_deadline must be positive";
  if (options.max_deadline.count() <= 0) wrong = "max_deadline must be positive";
  if (options.max_header_list == 0) wrong = "max_header_list must be at least 1";
  if (options.max_handshakes == 0) wrong = "max_handshakes must be at least 1";
  if (options.handshake_timeout.count() <= 0) wrong = "handshake_timeout must be positive";
  if (options.keepalive_timeout.count() <= 0) wrong = "keepalive_timeout must be positive";
  if (wrong == nullptr) wrong = negative_time(options);
  if (wrong == nullptr) return Status();
  return Status(Code::invalid_argument, std::string("ServerOptions: ") + wrong);
}

Status check_credentials(const ListenOptions& options) {
  if (options.tls == nullptr) return Status();
  if (options.insecure) {
    return Status(Code::invalid_argument,
                  "ListenOptions: .insecure and .tls contradict each other");
  }
  return options.tls->check();
}

}  // namespace

Status Server::Impl::prepare() {
  if (!config_.router.check().ok()) return config_.router.check();
  if (Status bad = check_options(config_.options); !bad.ok()) return bad;
  std::lock_guard lock(preparing_);
  if (!std::exchange(prepared_, true)) {
    server::prepare_keyed(config_);
    const std::vector<Service*>& services = config_.router.services();
    for (Service* service : services) service->on_serve(services);
  }
  return config_.keyed_problem;
}

Status Server::Impl::listen(const std::string& address, const ListenOptions& options) {
  if (Status bad = prepare(); !bad.ok()) return bad;
  if (Status bad = check_credentials(options); !bad.ok()) return bad;
  io::Target target;
  if (Status bad = io::parse_target(address, target, std::nullopt); !bad.ok()) return bad;
  if (target.endpoints.empty() && target.is_local()) {
    target.endpoints.push_back({io::Endpoint::Kind::tcp4, "127.0.0.1", target.port});
  }
  if (target.endpoints.empty()) {
    return Status(Code::invalid_argument,
                  "a server listens on an address, not on a name: \"" + address + "\"");
  }
  for (const io::Endpoint& endpoint : target.endpoints) {
    if (!endpoint.is_local() && !options.insecure && options.tls == nullptr) {
      return Status(Code::invalid_argument,
                    "plaintext on " + endpoint.to_string() +
                        " can be read by others: listen(..., {.tls = tls_server(...)}), or "
                        "{.insecure = true} if that is meant");
    }
  }
  std::vector<Acceptors> endpoints;
  for (const io::Endpoint& endpoint : target.endpoints) {
    if (Status bad = open(endpoint, endpoints.emplace_back()); !bad.ok()) return bad;
  }
  return accept_on(std::move(endpoints), options.tls);
}

Status Server::Impl::open(const io::Endpoint& endpoint, Acceptors& acceptors) const {
  std::vector<std::shared_ptr<Loop>> loops;
  for (const auto& shard : shards_) loops.push_back(shard->loop());
  io::AcceptorOptions acceptor_options;
  acceptor_options.socket.user_timeout =
      std::chrono::ceil<std::chrono::milliseconds>(config_.options.keepalive_timeout);
  return io::listen_on_loops(loops, endpoint, acceptor_options, acceptors);
}

// All addresses are open by now: either all are served, or none.
Status Server::Impl::accept_on(std::vector<Acceptors> endpoints,
                               const std::shared_ptr<ServerCredentials>& tls) {
  std::lock_guard lock(mutex_);
  if (stopping_) return Status(Code::failed_precondition, "the server has been shut down");
  listening_ = true;
  for (Acceptors& acceptors : endpoints) {
    if (port_ == 0) port_ = acceptors.front()->port();
    for (std::size_t i = 0; i < acceptors.size(); ++i) {
      acceptors[i]->start([weak = weak_from_this(), tls](const std::shared_ptr<Loop>& loop,
                                                         std::unique_ptr<h2::Transport> transport) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        if (tls != nullptr) {
          transport = tls->secure(*loop, std::move(transport), self->config_.options.log);
        }
        self->shard_of(*loop).accept(std::move(transport));
      });
      acceptors_.push_back({shards_[i]->loop(), std::move(acceptors[i])});
    }
  }
  return Status();
}

server::Shard& Server::Impl::shard_of(const Loop& loop) {
  return **std::find_if(shards_.begin(), shards_.end(),
                        [&](const auto& shard) { return shard->loop().get() == &loop; });
}

// Before any connection hears of it, so that what handlers say on this is still sent.
void Server::Impl::tell_of_drain() {
  {
    std::lock_guard lock(preparing_);
    if (!prepared_ || std::exchange(draining_, true)) return;
  }
  for (Service* service : config_.router.services()) service->on_drain();
}

void Server::Impl::shutdown(std::chrono::nanoseconds drain) {
  tell_of_drain();
  begin_to_end(drain);
}

void Server::Impl::begin_to_end(std::chrono::nanoseconds drain) {
  std::vector<Listening> closing;
  {
    std::lock_guard lock(mutex_);
    closing.swap(acceptors_);
    if (!stopping_) running_shards_ = shards_.size();
    stopping_ = true;
  }
  for (Listening& listening : closing) {
    listening.loop->post([acceptor = std::move(listening.acceptor)] {});
  }
  for (const auto& shard : shards_) {
    const SteadyTime end = Deadline(drain).resolve(shard->loop()->now());
    shard->loop()->post([self = shared_from_this(), &shard = *shard, end] {
      shard.drain(end, [raw = self.get()] { raw->shard_done(); });
    });
  }
}

// Executions of keyed methods end on their own in that time.
std::chrono::nanoseconds Server::Impl::patience() const {
  constexpr std::chrono::nanoseconds kPatience = std::chrono::seconds(30);
  std::lock_guard lock(mutex_);
  return listening_ ? std::max(kPatience, config_.longest_keyed) : kPatience;
}

void Server::Impl::shard_done() {
  std::lock_guard lock(mutex_);
  if (running_shards_ > 0) --running_shards_;
  stopped_.notify_all();
}

void Server::Impl::run() {
  std::unique_lock lock(mutex_);
  if (!listening_ && !stopping_) {
    shards_.front()->log(LogLevel::error, "run() without a listen() that succeeded: nothing to do");
    return;
  }
  stopped_.wait(lock, [this] { return stopping_ && running_shards_ == 0; });
}

void Server::Impl::close() {
  shards_.front()->loop()->post([self = shared_from_this()] { self->signals_.reset(); });
  begin_to_end(std::chrono::nanoseconds(0));
  wait_for([this] { return running_shards_ == 0; });
  if (config_.pool != nullptr) config_.pool->stop();
  // What was posted before has been run and destroyed once these were run.
  std::size_t flushed = 0;
  for (const auto& shard : shards_) {
    shard->loop()->post([this, &flushed] {
      std::lock_guard lock(mutex_);
      ++flushed;
      stopped_.notify_all();
    });
  }
  wait_for([&] { return flushed == shards_.size(); });
}

// Until a condition on what the mutex guards holds; turns the loops if nobody else does.
template <typename Condition>
void Server::Impl::wait_for(Condition condition) {
  std::unique_lock lock(mutex_);
  if (!config_.options.manual_loops) return stopped_.wait(lock, condition);
  while (!condition()) {
    lock.unlock();
    for (const auto& shard : shards_) shard->loop()->poll();
    lock.lock();
  }
}

void Server::Impl::stop_on_signals(std::vector<int> signals) {
  const std::shared_ptr<Loop>& loop = shards_.front()->loop();
  const auto watch = [this, &signals, &loop] {
    std::vector<int> refused;
    const auto stop = [this](int) { shutdown(patience()); };
    signals_ = io::watch_signals(*loop, signals, stop, refused);
    if (!config_.options.log) return;
    for (const int signal : refused) {
      config_.options.log(LogLevel::error, "stop_on: signal " + std::to_string(signal) +
                                               " cannot be caught, so it does not stop the server");
    }
  };
  if (config_.options.manual_loops || loop->is_current()) return watch();
  bool watching = false;
  loop->post([this, &watch, &watching] {
    watch();
    std::lock_guard lock(mutex_);
    watching = true;
    stopped_.notify_all();
  });
  wait_for([&] { return watching; });  // a signal that comes now is not lost
}

Server::Server(ServerOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}
Server::~Server() { impl_->close(); }

Server& Server::add(Service& service, RunOn run_on) {
  impl_->add(service, run_on);
  return *this;
}
Server& Server::add(std::shared_ptr<Service> service, RunOn run_on) {
  impl_->add(std::move(service), run_on);
  return *this;
}
Server& Server::add(ServerLayer layer) {
  impl_->add(std::move(layer));
  return *this;
}
Status Server::listen(const std::string& address, ListenOptions options) {
  return impl_->listen(address, options);
}
int Server::port() const { return impl_->port(); }
void Server::run() { impl_->run(); }
void Server::shutdown(std::chrono::nanoseconds drain) { impl_->shutdown(drain); }
void Server::stop_on_signals(std::initializer_list<int> signals) {
  impl_->stop_on_signals(signals);
}
std::shared_ptr<Loop> Server::loop(int i) const {
  return impl_->shard(static_cast<std::size_t>(i)).loop();
}
ServerStats Server::stats() const { return impl_->stats(); }

}  // namespace cpp_lite
