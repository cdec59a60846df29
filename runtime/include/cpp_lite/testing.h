// For tests of services and clients: no network, no waiting, faults on demand.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/deadline.h>
#include <cpp_lite/export.h>
#include <cpp_lite/server.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace cpp_lite::testing {

// Time that stands still until it is moved. Give it to ServerOptions::clock and
// ConnectOptions::clock; it must outlive both. Thread-safe.
class CPP_LITE_API ManualClock final : public Clock {
 public:
  SteadyTime now() const override;
  // Timers that fall due run on their own loops, soon after.
  void advance(std::chrono::nanoseconds by);

  void watch(ClockWatcher& watcher) override;
  void unwatch(ClockWatcher& watcher) override;

 private:
  mutable std::mutex mutex_;
  SteadyTime now_{std::chrono::hours(1)};  // guarded by mutex_, as are the watchers
  std::vector<ClockWatcher*> watchers_;
};

// What goes wrong on the connections of an in-process channel. All functions take effect on open
// connections and on later ones. Thread-safe; may outlive channel and server.
class CPP_LITE_API Faults {
 public:
  static std::shared_ptr<Faults> create();

  virtual void refuse_connections(bool refuse) = 0;  // connecting fails
  virtual void stall_requests(bool stall) = 0;       // what the client sends does not arrive
  virtual void stall_responses(bool stall) = 0;      // nor what the server sends
  virtual void chunk(std::size_t bytes) = 0;         // at most so many at a time; 0: as written
  virtual void cut() = 0;                            // open connections are lost, once
  virtual void cut_after_requests(std::size_t bytes) = 0;   // of each connection, from the client
  virtual void cut_after_responses(std::size_t bytes) = 0;  // and from the server
  virtual ~Faults() = default;
};

// A channel into a server of this process, which need not listen: everything but the sockets is
// what a remote client would meet. It shares the server's first loop, so ConnectOptions::loop,
// clock and tls are ignored. The server must outlive the channel's calls.
CPP_LITE_API std::shared_ptr<Channel> in_process(Server& server, ConnectOptions options = {},
                                                 std::shared_ptr<Faults> faults = nullptr);

}  // namespace cpp_lite::testing
