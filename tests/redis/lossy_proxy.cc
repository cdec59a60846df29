#include "lossy_proxy.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace cpp_lite::redis {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  EXPECT_LT(path.size(), sizeof(address.sun_path));
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

int connect_to(const std::string& path) {
  const int to = socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(path);
  if (connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return to;
  close(to);
  return -1;
}

}  // namespace

LossyProxy::LossyProxy(std::string server_socket)
    : server_socket_(std::move(server_socket)), socket_(server_socket_ + ".proxy") {
  listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
  unlink(socket_.c_str());
  const sockaddr_un address = address_of(socket_);
  EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(listener_, 8), 0);
  thread_ = std::thread([this] { run(); });
}

LossyProxy::~LossyProxy() {
  stopping_ = true;
  close(connect_to(socket_));  // so that it looks
  thread_.join();
  close(listener_);
  unlink(socket_.c_str());
}

void LossyProxy::run() {
  while (!stopping_) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    if (!stopping_) serve(client);
    close(client);
  }
}

void LossyProxy::serve(int client) {
  const int server = connect_to(server_socket_);
  losing_ = false;
  std::array<pollfd, 3> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}, {listener_, POLLIN, 0}}};
  while (server >= 0 && poll(ends.data(), ends.size(), -1) > 0) {
    if (ends[2].revents != 0 && stopping_) break;
    if (ends[0].revents != 0 && !pass_on(client, server)) break;
    if (ends[1].revents != 0 && (losing_ || !pass_on(server, client))) break;
  }
  close(server);
}

bool LossyProxy::pass_on(int from, int to) {
  std::array<char, 1 << 16> some{};
  const ssize_t size = read(from, some.data(), some.size());
  if (size <= 0) return false;
  const std::string_view said(some.data(), static_cast<std::size_t>(size));
  if (said.find("EVALSHA") != std::string_view::npos) {
    if (lose_request_.exchange(false)) return false;
    losing_ = lose_answer_.exchange(false);
  }
  return send(to, said.data(), said.size(), MSG_NOSIGNAL) == size;
}

}  // namespace cpp_lite::redis
