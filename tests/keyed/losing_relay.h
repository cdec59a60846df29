// Between a client and a server: passes on what both say, until it is told to lose an answer.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace keyed {

// Serves one connection after the other, each until it ends.
class LosingRelay {
 public:
  explicit LosingRelay(std::uint16_t server) : server_(server), listener_(open_socket()) {
    const sockaddr_in any = loopback(0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&any), sizeof(any)), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    thread_ = std::thread([this] { run(); });
  }
  ~LosingRelay() {
    stopping_ = true;
    close(connected_to(port()));  // so that it looks
    thread_.join();
    close(listener_);
  }
  LosingRelay(const LosingRelay&) = delete;
  LosingRelay& operator=(const LosingRelay&) = delete;

  std::uint16_t port() const {
    sockaddr_in at{};
    socklen_t size = sizeof(at);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  // Instead of what the server says next comes the end of the connection.
  void lose_next_answer() { lose_answer_ = true; }
  // From now on it leads to another server. Connections that are open stay where they are.
  void lead_to(std::uint16_t server) { server_ = server; }

 private:
  static int open_socket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static int connected_to(std::uint16_t port) {
    const int to = open_socket();
    const sockaddr_in address = loopback(port);
    if (connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return to;
    close(to);
    return -1;
  }

  void run() {
    while (!stopping_) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      if (!stopping_) serve(client);
      close(client);
    }
  }

  void serve(int client) {
    const int server = connected_to(server_);
    std::array<pollfd, 3> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}, {listener_, POLLIN, 0}}};
    while (server >= 0 && poll(ends.data(), ends.size(), -1) > 0) {
      if (ends[2].revents != 0 && stopping_) break;
      if (ends[0].revents != 0 && !pass_on(client, server)) break;
      if (ends[1].revents != 0 && (lose_answer_.exchange(false) || !pass_on(server, client))) break;
    }
    if (server >= 0) close(server);
  }

  static bool pass_on(int from, int to) {
    std::array<char, 1 << 14> some{};
    const ssize_t size = read(from, some.data(), some.size());
    if (size <= 0) return false;
    return send(to, some.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
  }

  std::atomic<std::uint16_t> server_;
  const int listener_;
  std::atomic<bool> stopping_{false}, lose_answer_{false};
  std::thread thread_;
};

}  // namespace keyed
