#include "io/listen_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

Status failed(int error, const Endpoint& endpoint) {
  Status status(Code::unavailable, error_words(error) + ": " + endpoint.to_string());
  status.set_phase("listening");
  return status;
}

void set_option(int fd, int level, int option, int value) {
  (void)::setsockopt(fd, level, option, &value, sizeof(value));
}

Fd open_stream(const SockAddr& addr) {
  return Fd(::socket(addr.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Whether `path` is a unix socket that refuses connections, as one does whose process has died.
// (Between this look and the unlink() that follows, another process could do the same; files of
// sockets offer nothing better.)
bool is_stale(const char* path, const SockAddr& addr) {
  struct stat file {};
  if (::lstat(path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const Fd probe = open_stream(addr);
  return probe && ::connect(probe.get(), addr.get(), addr.size) != 0 && errno == ECONNREFUSED;
}

}  // namespace

Status ListenSocket::open(const Endpoint& endpoint, int backlog, bool reuse_port) {
  endpoint_ = endpoint;
  SockAddr addr;
  if (!to_sockaddr(endpoint, addr)) {
    return Status(Code::invalid_argument, "not an address: " + endpoint.to_string());
  }
  const int error = bind_and_listen(addr, backlog, reuse_port);
  return error == 0 ? Status() : failed(error, endpoint);
}

int ListenSocket::bind_and_listen(const SockAddr& addr, int backlog, bool reuse_port) {
  fd_ = open_stream(addr);
  if (!fd_) return errno;
  if (endpoint_.kind == Endpoint::Kind::local) {
    if (const int error = bind_local(addr); error != 0) return error;
  } else {
    set_option(fd(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (reuse_port) set_option(fd(), SOL_SOCKET, SO_REUSEPORT, 1);
    // "[::]" is for everybody, whatever the machine's default.
    if (endpoint_.address == "::") set_option(fd(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (::bind(fd(), addr.get(), addr.size) != 0) return errno;
  }
  if (::listen(fd(), backlog) != 0) return errno;
  SockAddr bound;
  bound.size = sizeof(bound.storage);
  if (::getsockname(fd(), bound.get(), &bound.size) != 0) return errno;
  endpoint_.port = to_endpoint(bound).port;
  return 0;
}

int ListenSocket::bind_local(const SockAddr& addr) {
  const char* path = endpoint_.address.c_str();
  if (::bind(fd(), addr.get(), addr.size) != 0) {
    const int error = errno;
    if (error != EADDRINUSE || !is_stale(path, addr) || ::unlink(path) != 0) return error;
    if (::bind(fd(), addr.get(), addr.size) != 0) return errno;
  }
  remember_file();
  return 0;
}

void ListenSocket::remember_file() {
  struct stat file {};
  if (::lstat(endpoint_.address.c_str(), &file) != 0) return;
  has_file_ = true;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

void ListenSocket::close() {
  struct stat file {};
  const char* path = endpoint_.address.c_str();
  if (has_file_ && ::lstat(path, &file) == 0 && file.st_dev == device_ && file.st_ino == inode_) {
    ::unlink(path);
  }
  has_file_ = false;
  fd_.reset();
}

Status check_port_is_free(const Endpoint& endpoint) {
  SockAddr addr;
  if (endpoint.port == 0 || !to_sockaddr(endpoint, addr)) return Status();
  const Fd fd = open_stream(addr);
  if (!fd) return failed(errno, endpoint);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  return ::bind(fd.get(), addr.get(), addr.size) == 0 ? Status() : failed(errno, endpoint);
}

}  // namespace cpp_lite::io
