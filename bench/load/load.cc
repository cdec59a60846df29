#include "load/load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace bench {

namespace {

constexpr int kPatienceMs = 20'000;  // without a sound from the server

std::uint64_t now() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

Usage operator-(Usage a, const Usage& b) {
  a.cpu -= b.cpu;
  a.user -= b.user;
  a.system -= b.system;
  a.allocations -= b.allocations;
  return a;
}

}  // namespace

Load::Load(LoadOptions options, Script script)
    : options_(std::move(options)),
      script_(std::move(script)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Load::~Load() { close(epoll_); }

bool Load::fail(const std::string& why) {
  if (failure_.empty()) failure_ = why;
  return false;
}

bool Load::connect() {
  const RequestBlocks blocks = request_blocks(script_.path, options_.timeout, options_.tls);
  for (int i = 0; i < options_.connections; ++i) {
    auto transport = options_.tls ? connect_tls(options_.port) : connect_plain(options_.port);
    if (transport == nullptr) return fail("cannot connect");
    connections_.push_back(
        std::make_unique<Connection>(std::move(transport), script_, blocks, options_.windows,
                                     static_cast<std::size_t>(options_.streams)));
    watched_for_room_.push_back(false);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(i);
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back()->socket(), &event);
    connections_.back()->flush(now());
  }
  return wait_until_ready();
}

bool Load::wait_until_ready() {
  for (const auto& connection : connections_) {
    while (!connection->ready()) {
      if (!turn(kPatienceMs)) return false;
    }
  }
  return true;
}

bool Load::open_all() {
  for (const auto& connection : connections_) {
    start_calls(*connection);
    connection->flush(now());
  }
  // The server has seen them when it has answered them with headers, or reads on: it is asked
  // for nothing, so a moment has to do.
  while (turn(200)) {
  }
  return failure_ == "the server is silent" ? (failure_.clear(), true) : false;
}

bool Load::run() {
  starting_ = true;
  began_ = now();
  for (const auto& connection : connections_) {
    start_calls(*connection);
    connection->flush(now());
  }
  while (true) {
    if (!turn(kPatienceMs)) return false;
    advance();
    if (phase_ != Phase::ending) continue;
    bool open = false;
    for (const auto& connection : connections_) open = open || connection->open_calls() > 0;
    if (open) continue;
    measured_.total_calls = next_number_ - 1;
    return true;
  }
}

bool Load::turn(int patience_ms) {
  epoll_event events[256];
  const int count = epoll_wait(epoll_, events, 256, patience_ms);
  if (count == 0) return fail("the server is silent");
  for (int i = 0; i < count; ++i) {
    Connection& connection = *connections_[events[i].data.u32];
    if ((events[i].events & ~static_cast<unsigned>(EPOLLOUT)) != 0) serve(connection);
    connection.flush(now());
    const bool room = connection.wants_to_write();
    if (room != watched_for_room_[events[i].data.u32]) {
      watched_for_room_[events[i].data.u32] = room;
      events[i].events = room ? EPOLLIN | EPOLLOUT : EPOLLIN;
      epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket(), &events[i]);
    }
    if (!connection.failure().empty()) return fail(connection.failure());
  }
  return true;
}

void Load::serve(Connection& connection) {
  ended_.clear();
  connection.receive(ended_);
  if (ended_.empty()) return;
  if (phase_ == Phase::measuring) {
    const std::uint64_t at = now();
    for (const std::uint64_t began : ended_) measured_.latency.add(at - began);
    measured_.calls += ended_.size();
  } else {
    warmed_ += ended_.size();
  }
  if (starting_ && phase_ != Phase::ending) start_calls(connection);
}

void Load::start_calls(Connection& connection) {
  if (options_.lockstep && connection.open_calls() > 0) return;
  while (connection.open_calls() < options_.streams) connection.start(next_number_++);
}

void Load::advance() {
  const double seconds = static_cast<double>(now() - began_) / 1e9;
  if (phase_ == Phase::warming) {
    const bool warm =
        options_.calls > 0 ? warmed_ >= options_.calls / 10 : seconds >= options_.warmup;
    if (!warm) return;
    phase_ = Phase::measuring;
    first_ = snapshot();
    began_ = now();
  } else if (phase_ == Phase::measuring) {
    const bool done =
        options_.calls > 0 ? measured_.calls >= options_.calls : seconds >= options_.seconds;
    if (!done) return;
    phase_ = Phase::ending;
    const Snapshot last = snapshot();
    measured_.seconds = last.at - first_.at;
    measured_.load_cpu = last.load_cpu - first_.load_cpu;
    measured_.bytes_in = last.bytes_in - first_.bytes_in;
    measured_.bytes_out = last.bytes_out - first_.bytes_out;
    measured_.payload_in = last.payload_in - first_.payload_in;
    measured_.server = last.server - first_.server;
  }
}

Load::Snapshot Load::snapshot() const {
  Snapshot result;
  for (const auto& connection : connections_) {
    result.bytes_in += connection->bytes_in();
    result.bytes_out += connection->bytes_out();
    result.payload_in += connection->payload_in();
  }
  result.at = static_cast<double>(now()) / 1e9;
  result.load_cpu = own_cpu();
  result.server = usage_of(options_.server, options_.allocations_file);
  return result;
}

}  // namespace bench
