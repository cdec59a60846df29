// The inside of a Server: its shards, its listeners and its end.
#pragma once

#include <cpp_lite/server.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/acceptor.h"
#include "io/operation.h"
#include "server/shard.h"

namespace cpp_lite {

// Set up on one thread, then thread-safe. Held by the Server, and by what is posted to its loops.
class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  explicit Impl(ServerOptions options);

  void add(Service& service, RunOn run_on);
  void add(std::shared_ptr<Service> service, RunOn run_on);
  void add(ServerLayer layer);
  Status listen(const std::string& address, const ListenOptions& options);
  // What must be in order before calls are served, beside addresses: options, services, the store
  // of keyed methods, which is asked once. Thread-safe.
  Status prepare();
  int port() const {
    std::lock_guard lock(mutex_);
    return port_;
  }
  void run();
  void shutdown(std::chrono::nanoseconds drain);
  // Ends everything and waits for it; the Server is being destroyed.
  void close();
  void stop_on_signals(std::vector<int> signals);
  std::chrono::nanoseconds patience() const;  // of stop_on()
  server::Shard& shard(std::size_t i) { return *shards_.at(i); }
  ServerStats stats() const;

 private:
  struct Listening {
    std::shared_ptr<Loop> loop;  // where the acceptor belongs, and ends
    std::unique_ptr<io::Acceptor> acceptor;
  };
  void tell_of_drain();
  void begin_to_end(std::chrono::nanoseconds drain);
  void require_setup() const;  // stops the program once the server listens
  using Acceptors = std::vector<std::unique_ptr<io::Acceptor>>;  // one on each loop
  Status open(const io::Endpoint& endpoint, Acceptors& acceptors) const;
  Status accept_on(std::vector<Acceptors> endpoints, const std::shared_ptr<ServerCredentials>& tls);
  server::Shard& shard_of(const Loop& loop);
  void shard_done();
  template <typename Condition>
  void wait_for(Condition condition);

  // Constant once the server listens.
  server::Config config_;
  std::vector<std::shared_ptr<Service>> kept_;
  std::vector<std::unique_ptr<server::Shard>> shards_;
  // Touched on the first loop.
  std::unique_ptr<io::Operation> signals_;

  std::mutex preparing_;
  // Guarded by preparing_: what the services were told.
  bool prepared_ = false, draining_ = false;

  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  // Guarded by mutex_.
  std::vector<Listening> acceptors_;
  int port_ = 0;
  bool listening_ = false;  // or was, once
  bool stopping_ = false;
  std::size_t running_shards_ = 0;
};

}  // namespace cpp_lite
