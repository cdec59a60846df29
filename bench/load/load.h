// A run: connections, calls on them in a closed loop, and what was measured between its warm-up and
// its end. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "load/connection.h"
#include "load/histogram.h"
#include "load/process.h"
#include "load/script.h"

namespace bench {

struct LoadOptions {
  int port = 0;
  int connections = 1, streams = 1;
  std::uint64_t calls = 0;  // how many are measured; 0: as many as end within `seconds`
  double seconds = 3, warmup = 0.5;
  bool lockstep =
      false;  // a connection's calls start together, when all of the last ones have ended
  bool tls = false;
  std::string timeout = "10S";  // grpc-timeout; empty: none
  Windows windows{};
  int server = 0;                // pid, for its processor time
  std::string allocations_file;  // of that server
};

struct Measured {
  std::uint64_t calls = 0, bytes_in = 0, bytes_out = 0, payload_in = 0;
  std::uint64_t total_calls = 0;  // with those before and after
  double seconds = 0, load_cpu = 0;
  Usage server;
  Histogram latency;
};

class Load {
 public:
  Load(LoadOptions options, Script script);
  ~Load();

  // False: see failure().
  bool connect();
  // Opens its calls and leaves them open; for scripts that do not end.
  bool open_all();
  bool run();
  const std::string& failure() const { return failure_; }
  const Measured& measured() const { return measured_; }

 private:
  struct Snapshot {
    Usage server;
    double at = 0, load_cpu = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0, payload_in = 0;
  };
  enum class Phase { warming, measuring, ending };

  bool wait_until_ready();
  bool turn(int patience_ms);  // whatever the sockets have to say
  void serve(Connection& connection);
  void start_calls(Connection& connection);
  void watch(Connection& connection);
  void advance();  // to the next phase, when it is time
  Snapshot snapshot() const;
  bool fail(const std::string& why);

  const LoadOptions options_;
  const Script script_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<bool> watched_for_room_;
  std::vector<std::uint64_t> ended_;
  int epoll_ = -1;
  std::uint64_t next_number_ = 1, warmed_ = 0;
  Phase phase_ = Phase::warming;
  bool starting_ = false;
  std::uint64_t began_ = 0;  // of this phase
  Snapshot first_;
  Measured measured_;
  std::string failure_;
};

}  // namespace bench
