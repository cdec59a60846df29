// Between a store and its server: passes on what both say, until it is told to lose an answer.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace cpp_lite::redis {

// Serves one connection after the other, each until it ends.
class LossyProxy {
 public:
  explicit LossyProxy(std::string server_socket);
  ~LossyProxy();
  LossyProxy(const LossyProxy&) = delete;
  LossyProxy& operator=(const LossyProxy&) = delete;

  std::string address() const { return "unix:" + socket_; }
  // The next script that passes is run, but instead of its answer comes the end of the connection.
  void lose_next_answer() { lose_answer_ = true; }
  // The same, but the server does not even hear of it.
  void lose_next_request() { lose_request_ = true; }

 private:
  void run();
  void serve(int client);
  bool pass_on(int from, int to);

  const std::string server_socket_, socket_;
  int listener_ = -1;
  std::atomic<bool> stopping_{false}, lose_answer_{false}, lose_request_{false};
  bool losing_ = false;  // on the thread
  std::thread thread_;
};

}  // namespace cpp_lite::redis
