#include "proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <list>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite::postgres {
namespace {

// What is there now; empty: the other end has gone.
std::string read_some(int socket) {
  std::array<char, 65536> buffer{};
  const ssize_t n = recv(socket, buffer.data(), buffer.size(), 0);
  return {buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

void write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void close_and_forget(int& socket) {
  if (socket >= 0) close(socket);
  socket = -1;
}

}  // namespace

struct Proxy::Line {
  int client = -1, server = -1;
  bool deaf = false;  // what the server says is lost
  std::string held = {};
};

Proxy::Proxy(std::string server_socket) : server_socket_(std::move(server_socket)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  (void)bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  (void)listen(listener_, 16);
  (void)getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

Proxy::~Proxy() {
  over_ = true;
  thread_.join();
  close(listener_);
}

std::string Proxy::where() const {
  return "host=127.0.0.1 port=" + std::to_string(port_) +
         " user=postgres dbname=postgres sslmode=disable gssencmode=disable";
}

void Proxy::run() {
  std::list<Line> lines;
  while (!over_) {
    std::vector<pollfd> watched{{listener_, POLLIN, 0}};
    for (const Line& line : lines) {
      watched.push_back({line.client, POLLIN, 0});
      watched.push_back({line.server, POLLIN, 0});
    }
    const bool frozen = frozen_;
    const int ready = poll(watched.data(), frozen ? 0 : watched.size(), 1);
    if (frozen) continue;
    std::size_t i = 1;
    for (Line& line : lines) {
      if (!line.held.empty() && released_.exchange(false))
        write_all(line.server, std::exchange(line.held, {}));
      if (ready > 0 && watched[i].revents != 0) take_client_bytes(line);
      if (ready > 0 && watched[i + 1].revents != 0) take_server_bytes(line);
      i += 2;
    }
    lines.remove_if([](Line& line) { return line.client < 0 && line.server < 0; });
    if (ready > 0 && watched[0].revents != 0) {
      Line& line = lines.emplace_back();
      line.client = accept(listener_, nullptr, nullptr);
      line.server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      server_socket_.copy(address.sun_path, sizeof address.sun_path - 1);
      if (connect(line.server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        close_and_forget(line.server);
        close_and_forget(line.client);
      }
    }
  }
  for (Line& line : lines) {
    close_and_forget(line.client);
    close_and_forget(line.server);
  }
}

void Proxy::take_client_bytes(Line& line) {
  const std::string bytes = read_some(line.client);
  if (bytes.empty()) {
    close_and_forget(line.client);
    // A host that is gone says nothing: the server still waits for what is held.
    if (line.held.empty()) close_and_forget(line.server);
    return;
  }
  if (!line.held.empty()) return;  // it may still say good-bye
  const bool commits = bytes.find(std::string("COMMIT\0", 7)) != std::string::npos;
  if (commits) ++commits_;
  switch (commits ? fate_.exchange(Fate::pass) : Fate::pass) {
    case Fate::pass:
      return write_all(line.server, bytes);
    case Fate::lose_answer:
      line.deaf = true;
      return write_all(line.server, bytes);
    case Fate::lose_request:
      close_and_forget(line.server);
      return close_and_forget(line.client);
    case Fate::hold:
      line.held = bytes;
      line.deaf = true;
  }
}

void Proxy::take_server_bytes(Line& line) {
  const std::string bytes = read_some(line.server);
  if (!bytes.empty() && !line.deaf) return write_all(line.client, bytes);
  // The answer that is lost is there now.
  close_and_forget(line.server);
  close_and_forget(line.client);
}

}  // namespace cpp_lite::postgres
