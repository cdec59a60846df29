// What is between a store and its server: a network that a test cuts at a moment of its choice.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace cpp_lite::postgres {

// What happens to the next COMMIT that a client sends; once.
enum class Fate { pass, lose_answer, lose_request, hold };

// Listens on a port of its own. Any thread.
class Proxy {
 public:
  explicit Proxy(std::string server_socket);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::string where() const;
  void next_commit(Fate fate) { fate_ = fate; }
  // Hands on the COMMIT that was held, although its client may have gone.
  void let_go() { released_ = true; }
  // Nothing goes through, in either direction.
  void freeze(bool frozen) { frozen_ = frozen; }
  int commits() const { return commits_; }

 private:
  struct Line;
  void run();
  void take_client_bytes(Line& line);
  void take_server_bytes(Line& line);

  const std::string server_socket_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<Fate> fate_{Fate::pass};
  std::atomic<bool> released_{false}, frozen_{false}, over_{false};
  std::atomic<int> commits_{0};
  std::thread thread_;
};

}  // namespace cpp_lite::postgres
