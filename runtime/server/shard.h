// One loop's part of a server: its connections, its counters and the tools that its calls share.
#pragma once

#include <cpp_lite/server.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "h2/connection.h"
#include "io/thread_pool.h"
#include "policy/random.h"
#include "server/departures.h"
#include "server/overload.h"
#include "server/router.h"
#include "wire/compress.h"
#include "wire/fields.h"

namespace cpp_lite::server {

// What all loops share: constant once the server listens.
struct Config {
  ServerOptions options;
  Router router;
  std::vector<ServerLayer> layers;
  std::shared_ptr<KeyedServer> keyed;  // null: there is no store, or keys are ignored
  Status keyed_problem;                // why keyed methods cannot be served
  // What a keyed call may take that runs when the server begins to end; 0: there is none.
  std::chrono::nanoseconds longest_keyed{};
  std::shared_ptr<io::ThreadPool> pool;  // null: no service runs on threads
  // The exceptions, synchronized on their own: open connections of all loops, and what the pool's
  // queue turned away.
  mutable std::atomic<std::size_t> connections{0};
  // See ServerOptions::memory_budget. Of each loop 64 KiB may be missing, or too many, or a 16th of
  // its share if that is less.
  mutable std::atomic<std::size_t> memory{0};
  std::unique_ptr<Overload> overload = std::make_unique<Overload>();
  policy::Random random = policy::make_random();  // for the ages of connections
};

// Written on the shard's loop (and some by its calls on the pool), read anywhere.
struct Counters {
  std::atomic<std::uint64_t> accepted{0}, open{0}, given_up{0}, started{0}, running{0}, ok{0},
      failed{0};
  std::atomic<std::uint64_t> refused_by_queue{0}, expired_in_queue{0}, refused_by_drain{0};
  std::atomic<std::uint64_t> too_many_pings{0}, handshakes_timed_out{0};
  std::array<std::atomic<std::uint64_t>, h2::kAttacks> attacks{};
  std::atomic<std::uint64_t> headers_over_limit{0}, messages_over_limit{0}, answers_not_read{0},
      refused_for_abandoned{0}, refused_for_memory{0}, ended_for_memory{0};
};

class Peer;
class ServerCall;

// A call's place among those of its shard.
struct CallLink {
  CallLink* before = nullptr;
  CallLink* after = nullptr;  // null: it is not there
};

// Belongs to its loop, but for `counters`. Outlives its connections and calls.
class Shard {
 public:
  Shard(std::shared_ptr<Loop> loop, const Config& config);
  ~Shard();

  // A new connection from a listener or an in-process channel.
  void accept(std::unique_ptr<h2::Transport> transport);
  // Takes no more calls; `done` is run once nothing is left. Calls that still run at `end` get
  // UNAVAILABLE. A second call may bring `end` forward; its `done` is not needed.
  void drain(SteadyTime end, std::function<void()> done);

  const std::shared_ptr<Loop>& loop() const { return loop_; }
  const Config& config() const { return config_; }

  // For calls and peers.
  void call_started(ServerCall& call);
  void call_ended(ServerCall& call, bool ok);
  void call_refused();                                    // without a handler
  void log(LogLevel level, std::string_view line) const;  // any thread
  void greeted(std::list<Peer*>::iterator place) { greeting_.erase(place); }
  void peer_closed(Peer& peer);
  // Calls wait for the pool; it hears of all that come together at once.
  void announce_soon();
  // A connection holds more, or less.
  void hold(std::size_t before, std::size_t now);
  bool short_of_memory() const {
    return config_.memory.load(std::memory_order_relaxed) > config_.options.memory_budget;
  }
  // A call does not open its window again for want of memory; it will be told when there is some.
  void withhold() {
    withheld_ = true;
    watch_memory();
  }
  // Header fields for the connection, from a writer that is filled by the caller.
  wire::FieldWriter& fields() {
    fields_.clear();
    return fields_;
  }
  const h2::HeaderList& header_list(const wire::FieldWriter& fields);
  // The headers of nearly all responses, and the trailers of those that go well.
  const h2::HeaderList& usual_headers() const { return usual_headers_; }
  const h2::HeaderList& usual_trailers() const { return usual_trailers_; }
  static constexpr std::size_t kLongestUsual = 128;  // neither is longer, RFC 9113 6.5.2
  // Every answer of a server with keyed methods names the store that remembers them.
  void name_store(wire::FieldWriter& fields) const;
  wire::Gzip& gzip() { return gzip_; }
  wire::Gunzip& gunzip() { return gunzip_; }

  Counters counters;

 private:
  void give_up_oldest_handshake();
  bool is_share(std::size_t bytes, std::size_t part) const;
  void tell();
  void watch_memory();
  void relieve();
  void end_largest(std::size_t until);
  void end_calls();
  void trim_soon();
  void for_each_call(const std::function<void(ServerCall&)>& use);
  void check_done();

  const std::shared_ptr<Loop> loop_;
  const Config& config_;
  std::unordered_map<Peer*, std::shared_ptr<Peer>> peers_;
  Departures departures_;
  std::list<Peer*> greeting_;         // whose handshakes are not over, oldest first
  CallLink calls_{&calls_, &calls_};  // a ring: its end
  std::size_t running_ = 0;
  bool announcing_ = false;
  bool draining_ = false;
  std::function<void()> done_;
  Timer drain_end_;
  std::size_t held_ = 0;   // by its connections
  std::size_t told_ = 0;   // of it, to the other loops
  bool withheld_ = false;  // windows, since the last relieve()
  Timer relief_;
  Timer trim_;
  wire::FieldWriter fields_;
  h2::HeaderList list_;
  const h2::HeaderList usual_headers_, usual_trailers_;
  wire::Gzip gzip_;
  wire::Gunzip gunzip_;
};

}  // namespace cpp_lite::server
