// A real redis-server for tests: a process of this one's, on a socket in a folder of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace cpp_lite::redis {

// Why there can be none, for people; empty: there can.
std::string why_no_server();

class RedisServer {
 public:
  // `appendonly`: what it was told is still there after kill() and start().
  explicit RedisServer(bool appendonly = false);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  void start();  // returns when it takes connections
  void kill();
  void pause();  // it takes connections still, but answers nothing
  void go_on();

  std::string socket() const { return (folder_ / "redis.sock").string(); }
  std::string address() const { return "unix:" + socket(); }

 private:
  const bool appendonly_;
  std::filesystem::path folder_;
  pid_t pid_ = -1;
};

}  // namespace cpp_lite::redis
