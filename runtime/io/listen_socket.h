// Making the listening socket itself.
#pragma once

#include <cpp_lite/status.h>
#include <sys/types.h>

#include "io/endpoint.h"
#include "io/fd.h"
#include "io/sockaddr.h"

namespace cpp_lite::io {

// A bound and listening socket, not blocking. For a unix socket, its file goes with it. Belongs to
// one thread at a time.
class ListenSocket {
 public:
  ListenSocket() = default;
  ListenSocket(const ListenSocket&) = delete;
  ListenSocket& operator=(const ListenSocket&) = delete;
  ~ListenSocket() { close(); }

  // Once, first. UNAVAILABLE with the system's words and the endpoint if that fails. Takes the
  // place of a unix socket's file that nobody listens on.
  Status open(const Endpoint& endpoint, int backlog, bool reuse_port);
  void close();

  int fd() const { return fd_.get(); }
  // The endpoint with its port filled in.
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  int bind_and_listen(const SockAddr& addr, int backlog, bool reuse_port);
  int bind_local(const SockAddr& addr);
  void remember_file();

  Fd fd_;
  Endpoint endpoint_;
  // Which file is ours, as somebody may have put his own in its place since.
  bool has_file_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// OK when nobody listens on the endpoint. SO_REUSEPORT alone would let two servers of one user
// share a port without noticing.
Status check_port_is_free(const Endpoint& endpoint);

}  // namespace cpp_lite::io
