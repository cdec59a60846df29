// A PostgreSQL server for tests: in a folder of its own, reached by a socket in that folder only,
// run as a user who is not root.
#pragma once

#include <libpq-fe.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cpp_lite::postgres {

// Started when it is asked for first; stopped when the program ends, however it ends.
class TestServer {
 public:
  static TestServer& instance();
  // Why there is none; empty: there is one.
  static std::string missing();

  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  // For libpq.
  std::string where() const;
  std::string socket() const { return folder_ + "/.s.PGSQL.5432"; }
  void start();
  void stop();  // as an operator does; connections are closed

 private:
  TestServer();
  pid_t run(const std::vector<std::string>& command) const;

  std::string folder_;
  pid_t pid_ = 0;
};

// A connection beside the store, for what tests want to see or to do behind its back; or that of a
// handler.
class Sql {
 public:
  explicit Sql(const std::string& where);
  explicit Sql(void* handle) : handle_(static_cast<PGconn*>(handle)), owned_(false) {}
  ~Sql() {
    if (owned_) PQfinish(handle_);
  }
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;

  bool run(const std::string& sql);
  // The first column of the first row; -1: none.
  std::int64_t number(const std::string& sql);

 private:
  PGconn* const handle_;
  const bool owned_ = true;
};

}  // namespace cpp_lite::postgres
