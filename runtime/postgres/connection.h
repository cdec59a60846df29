// One connection to a PostgreSQL server. Every wait on it has an end.
#pragma once

#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "postgres/values.h"

namespace cpp_lite::postgres {

struct Query {
  std::string_view sql;  // outlives the exchange
  Values values = {};
};

// What a series of statements came to.
struct Answers {
  std::vector<Rows> rows;  // of those that succeeded, in order
  Status status;           // UNAVAILABLE, for any failure
  std::string sql_state;   // of the statement that the server refused
  // The connection failed: nobody knows which statements were done.
  bool lost = false;

  std::size_t failed_at() const { return rows.size(); }
};

// Used by one thread at a time; may be lent to a handler.
class Connection {
 public:
  struct Timeouts {
    std::chrono::nanoseconds connect;
    std::chrono::nanoseconds answer;  // to everything that is asked at once
  };
  // `where`: a URL or a connection string of libpq.
  static Result<std::unique_ptr<Connection>> open(const std::string& where, Timeouts timeouts);

  // All are sent at once; behind the first that fails none is executed.
  Answers run(const std::vector<Query>& queries);
  // SQL of several statements, without values.
  Status execute(const std::string& script);
  // Ends whatever transaction there is; false: it could not, and the connection is to be closed.
  bool rollback();

  // Nothing came for it that says it is dead.
  bool alive();
  // And it is in no transaction.
  bool idle() { return alive() && state() == PQTRANS_IDLE; }
  bool lost() const { return PQstatus(handle()) == CONNECTION_BAD; }
  PGTransactionStatusType state() const { return PQtransactionStatus(handle()); }
  PGconn* handle() const { return handle_.get(); }

 private:
  using Instant = std::chrono::steady_clock::time_point;

  Connection(PGconn* handle, Timeouts timeouts) : handle_(handle), timeouts_(timeouts) {}
  Status finish_connecting();
  bool send(const std::vector<Query>& queries);
  bool wait_for_result(Instant until);
  void collect(Answers& answers, Instant until);
  Status failure(const std::string& what) const;

  struct Finish {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };
  const std::unique_ptr<PGconn, Finish> handle_;
  const Timeouts timeouts_;
};

}  // namespace cpp_lite::postgres
