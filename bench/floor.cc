// bench_floor [CALLS]: what a call costs that has nothing in it. Two processes on a core each send
// 85 bytes over the loopback address in turn and wait for as many in recv(). Prints the processor
// time of both for each call: what the system takes where one call is open, whatever the runtime.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace {

using Bytes = std::array<char, 85>;

double own_cpu_us() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

void pin(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof(cores), &cores);
}

void send_at_once(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// A tenth of the calls is not counted.
void take_turns(const char* who, int socket, bool begins, int calls) {
  Bytes bytes{};
  double before = 0;
  for (int call = -calls / 10; call < calls; ++call) {
    if (call == 0) before = own_cpu_us();
    if (begins && send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) break;
    if (recv(socket, bytes.data(), bytes.size(), MSG_WAITALL) <= 0) break;
    if (!begins && send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) break;
  }
  std::printf("%s: %.2f us\n", who, (own_cpu_us() - before) / calls);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int calls = argc > 1 ? std::atoi(argv[1]) : 20000;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, any, size) != 0 || getsockname(listener, any, &size) != 0 ||
      listen(listener, 1) != 0) {
    std::perror("bench_floor");
    return 1;
  }
  if (fork() == 0) {
    pin(0);
    const int server = accept(listener, nullptr, nullptr);
    send_at_once(server);
    take_turns("server", server, false, calls);
    return 0;
  }
  pin(1);
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(client, any, size) != 0) {
    std::perror("bench_floor");
    return 1;
  }
  send_at_once(client);
  take_turns("client", client, true, calls);
  wait(nullptr);
}
