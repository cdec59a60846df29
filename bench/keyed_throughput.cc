// What a key costs a call: a server with one loop in a process of its own, a client that has so
// many calls outstanding, each with a new key.
//
//   keyed_throughput STORE OUTSTANDING CALLS
//
// STORE is none (the same handler without a key), memory, sqlite:FILE, redis://HOST:PORT, unix:PATH
// (Redis) or postgresql://... Prints one line: calls per second, commits (for Redis: exchanges) and
// fsyncs of the server's process per call, and microseconds of its CPU, in all threads, per call.
#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/idempotency.h>
#include <cpp_lite/server.h>
#if BENCH_SQLITE
#include <cpp_lite/sqlite_store.h>
#endif
#if BENCH_REDIS
#include <cpp_lite/redis_store.h>
#endif
#if BENCH_POSTGRES
#include <cpp_lite/postgres_store.h>
#endif

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "keyed.lite.h"

namespace {

using namespace std::chrono_literals;
using bench::v1::ChargeRequest;
using bench::v1::ChargeResponse;
using bench::v1::Charges;

// What the server's process counts, seen by both.
struct Counters {
  std::atomic<long> commits{0}, syncs{0};
};
Counters& counters() {
  static auto* const shared = new (mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Counters;
  return *shared;
}

}  // namespace

// In the place of libc's, for libraries, too: SQLite's waits for the disk are counted.
extern "C" int fsync(int file) {
  ++counters().syncs;
  return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
  ++counters().syncs;
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace {

class Service final : public Charges::Handler {
  using Answer = cpp_lite::Future<cpp_lite::Result<ChargeResponse>>;
  Answer Keyed(cpp_lite::ServerContext&, ChargeRequest request) override { return charge(request); }
  Answer Plain(cpp_lite::ServerContext&, ChargeRequest request) override { return charge(request); }

  static cpp_lite::Result<ChargeResponse> charge(const ChargeRequest& request) {
    ChargeResponse response;
    response.set_transaction_id("tx-" + request.idempotency_key());
    response.set_amount_cents(request.amount_cents());
    return response;
  }
};

// Null: no such store here.
std::shared_ptr<cpp_lite::IdempotencyStore> store_of(const std::string& name) {
  [[maybe_unused]] const auto count = [](std::size_t) { ++counters().commits; };
  if (name == "none" || name == "memory") return cpp_lite::memory_store();
#if BENCH_SQLITE
  if (name.starts_with("sqlite:"))
    return cpp_lite::sqlite_store(name.substr(7), {.on_commit = count});
#endif
#if BENCH_REDIS
  if (name.starts_with("redis:") || name.starts_with("unix:")) {
    return cpp_lite::redis_store(name, {.require_persistence = false, .on_exchange = count});
  }
#endif
#if BENCH_POSTGRES
  if (name.starts_with("postgresql:")) return cpp_lite::postgres_store(name, {.on_commit = count});
#endif
  return nullptr;
}

// Of the child: tells its port, serves until it is told to end.
[[noreturn]] void serve(const std::string& store, int port_to) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Service service;
  auto keys = store_of(store);
  if (keys == nullptr) std::fprintf(stderr, "no such store here: %s\n", store.c_str());
  cpp_lite::Server server(
      {.idempotency = keys, .anonymous_scope = "bench", .keyed = {.allow_volatile_store = true}});
  server.add(service);
  const cpp_lite::Status status = server.listen("127.0.0.1:0");
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.to_string().c_str());
  const int port = status.ok() ? server.port() : 0;
  if (write(port_to, &port, sizeof(port)) != sizeof(port) || port == 0) _exit(1);
  server.run();
  _exit(0);
}

class ServerProcess {
 public:
  explicit ServerProcess(const std::string& store) {
    counters();
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) serve(store, ends[1]);
    close(ends[1]);
    if (read(ends[0], &port_, sizeof(port_)) != sizeof(port_)) port_ = 0;
    close(ends[0]);
  }
  ~ServerProcess() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  int port() const { return port_; }  // 0: it does not serve
  // Of all its threads, since it was started.
  double cpu_seconds() const {
    clockid_t clock{};
    timespec used{};
    if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &used) != 0) std::abort();
    return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
  }

 private:
  pid_t pid_ = -1;
  int port_ = 0;
};

class Load {
 public:
  Load(int port, bool keyed)
      : client_(cpp_lite::connect("127.0.0.1:" + std::to_string(port))), keyed_(keyed) {}

  // False: a call failed.
  bool run(int outstanding, int calls) {
    left_ = calls;
    failed_ = false;
    std::vector<cpp_lite::Future<void>> callers;
    for (int i = 0; i < outstanding; ++i) callers.push_back(call_on());
    for (auto& caller : callers) caller.get();
    return !failed_;
  }

 private:
  cpp_lite::Future<void> call_on() {
    while (left_.fetch_sub(1) > 0 && !failed_) {
      ChargeRequest request;
      request.set_customer_id("customer-4711");
      request.set_amount_cents(1999);
      request.set_currency("EUR");
      request.set_idempotency_key(run_ + std::to_string(1'000'000'000 + next_++));
      auto reply =
          keyed_ ? client_.Keyed(std::move(request), 10s) : client_.Plain(std::move(request), 10s);
      const auto answer = co_await std::move(reply);
      if (answer.ok()) continue;
      if (!failed_.exchange(true)) {
        std::fprintf(stderr, "%s\n", answer.status().to_string().c_str());
      }
    }
  }

  Charges::Client client_;
  const bool keyed_;
  const std::string run_ =
      "key-" + std::to_string(getpid()) + "-" + std::to_string(std::time(nullptr)) + "-";
  std::atomic<int> left_{0}, next_{0};
  std::atomic<bool> failed_{false};
};

struct Snapshot {
  double cpu;
  long commits, syncs;
  std::chrono::steady_clock::time_point at;
};
Snapshot snapshot(const ServerProcess& server) {
  return {server.cpu_seconds(), counters().commits, counters().syncs,
          std::chrono::steady_clock::now()};
}

void print(const std::string& store, int outstanding, int calls, const Snapshot& a,
           const Snapshot& b) {
  const double seconds = std::chrono::duration<double>(b.at - a.at).count();
  const auto per_call = [&](double count) { return count / calls; };
  std::printf("%-10s %11d %10.0f %12.3f %12.3f %12.1f\n", store.substr(0, store.find(':')).c_str(),
              outstanding, calls / seconds, per_call(static_cast<double>(b.commits - a.commits)),
              per_call(static_cast<double>(b.syncs - a.syncs)), per_call(1e6 * (b.cpu - a.cpu)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: keyed_throughput STORE OUTSTANDING CALLS\n");
    return EXIT_FAILURE;
  }
  const int outstanding = std::atoi(argv[2]), calls = std::atoi(argv[3]);
  const ServerProcess server(argv[1]);
  if (server.port() == 0) return EXIT_FAILURE;
  Load load(server.port(), std::string_view(argv[1]) != "none");
  if (!load.run(outstanding, calls / 10)) return EXIT_FAILURE;  // warm
  const Snapshot before = snapshot(server);
  if (!load.run(outstanding, calls)) return EXIT_FAILURE;
  print(argv[1], outstanding, calls, before, snapshot(server));
  return EXIT_SUCCESS;
}
