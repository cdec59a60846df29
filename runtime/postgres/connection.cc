#include "postgres/connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cpp_lite::postgres {
namespace {

using SteadyClock = std::chrono::steady_clock;

enum class Ready : std::uint8_t { yes, timeout, error };

Ready wait(int socket, short events, SteadyClock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
    const auto bounded = std::clamp<std::int64_t>(left.count(), 0, 60'000);
    pollfd watched{socket, events, 0};
    const int found = poll(&watched, 1, static_cast<int>(bounded));
    if (found > 0) return Ready::yes;
    if (found < 0 && errno != EINTR) return Ready::error;
    if (left.count() <= 0) return Ready::timeout;
  }
}

// libpq prints notices to stderr by itself.
void ignore_notice(void*, const PGresult*) {}

Status unavailable(const std::string& what) { return {Code::unavailable, "postgresql: " + what}; }

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& where, Timeouts timeouts) {
  // `where` may be a URL, where it stands for a database's name.
  constexpr const char* kNames[] = {"dbname", "client_encoding", "fallback_application_name",
                                    nullptr};
  const char* const values[] = {where.c_str(), "UTF8", "cpp-lite", nullptr};
  PGconn* const handle = PQconnectStartParams(kNames, values, 1);
  if (handle == nullptr) return unavailable("there is no memory for a connection");
  std::unique_ptr<Connection> connection(new Connection(handle, timeouts));
  if (Status status = connection->finish_connecting(); !status.ok()) return status;
  return connection;
}

Status Connection::finish_connecting() {
  const Instant until = SteadyClock::now() + timeouts_.connect;
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (PQstatus(handle()) != CONNECTION_BAD && next != PGRES_POLLING_OK) {
    const short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (wait(PQsocket(handle()), events, until) == Ready::timeout) {
      return unavailable("the server did not accept a connection in time");
    }
    next = PQconnectPoll(handle());
    if (next == PGRES_POLLING_FAILED) break;
  }
  if (PQstatus(handle()) != CONNECTION_OK) return failure("cannot connect");
  PQsetNoticeReceiver(handle(), ignore_notice, nullptr);
  return {};
}

Status Connection::failure(const std::string& what) const {
  std::string text = PQerrorMessage(handle());
  text.erase(text.find_last_not_of(" \n") + 1);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return unavailable(text.empty() ? what : text);
}

bool Connection::send(const std::vector<Query>& queries) {
  constexpr int kBinary = 1;
  if (PQsetnonblocking(handle(), 1) != 0 || PQenterPipelineMode(handle()) != 1) return false;
  for (const Query& query : queries) {
    const std::vector<const char*> data = query.values.data();
    const std::vector<int> lengths = query.values.lengths();
    const std::vector<int> formats(data.size(), kBinary);
    if (PQsendQueryParams(handle(), std::string(query.sql).c_str(), query.values.size(),
                          query.values.types(), data.data(), lengths.data(), formats.data(),
                          kBinary) != 1) {
      return false;
    }
  }
  return PQpipelineSync(handle()) == 1;
}

// Until PQgetResult() does not block. What is still to be sent goes out meanwhile.
bool Connection::wait_for_result(Instant until) {
  int unsent = PQflush(handle());
  while (unsent >= 0 && (unsent > 0 || PQisBusy(handle()) != 0)) {
    const short events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
    if (wait(PQsocket(handle()), events, until) != Ready::yes) return false;
    if (PQconsumeInput(handle()) != 1) return false;
    unsent = PQflush(handle());
  }
  return unsent == 0;
}

void Connection::collect(Answers& answers, Instant until) {
  constexpr int kAtMost = 3;  // one separates the statements; more of them: there is nothing left
  for (int separators = 0; separators < kAtMost && !lost();) {
    if (!wait_for_result(until)) break;
    PGresult* const result = PQgetResult(handle());
    separators = result != nullptr ? 0 : separators + 1;
    if (result == nullptr) continue;
    Rows rows(result);
    const ExecStatusType kind = rows.kind();
    if (kind == PGRES_PIPELINE_SYNC) return;
    if (kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK) {
      answers.rows.push_back(std::move(rows));
    } else if (kind != PGRES_PIPELINE_ABORTED && answers.status.ok()) {
      answers.status = unavailable(rows.error());
      answers.sql_state = rows.sql_state();
    }
  }
  answers.lost = true;
}

Answers Connection::run(const std::vector<Query>& queries) {
  Answers answers;
  const Instant until = SteadyClock::now() + timeouts_.answer;
  if (send(queries)) {
    collect(answers, until);
  } else {
    answers.lost = true;
  }
  if (!answers.lost && (PQexitPipelineMode(handle()) != 1 || PQsetnonblocking(handle(), 0) != 0)) {
    answers.lost = true;
  }
  if (answers.lost && answers.status.ok()) {
    answers.status = lost() ? failure("the connection was lost")
                            : unavailable("the server did not answer in time");
  }
  return answers;
}

Status Connection::execute(const std::string& script) {
  if (PQsetnonblocking(handle(), 1) != 0 || PQsendQuery(handle(), script.c_str()) != 1) {
    return failure("cannot send");
  }
  const Instant until = SteadyClock::now() + timeouts_.answer;
  Status status;
  for (;;) {
    if (!wait_for_result(until)) return failure("the server did not answer in time");
    PGresult* const result = PQgetResult(handle());
    if (result == nullptr) break;
    const Rows rows(result);
    if (rows.kind() == PGRES_FATAL_ERROR) status = unavailable(rows.error());
    if (lost()) return failure("the connection was lost");
  }
  PQsetnonblocking(handle(), 0);
  return status;
}

bool Connection::rollback() {
  if (lost() || PQpipelineStatus(handle()) != PQ_PIPELINE_OFF) return false;
  if (state() == PQTRANS_IDLE) return true;
  if (state() != PQTRANS_INTRANS && state() != PQTRANS_INERROR) return false;
  return run({{"ROLLBACK"}}).status.ok();
}

bool Connection::alive() {
  if (lost() || PQpipelineStatus(handle()) != PQ_PIPELINE_OFF) return false;
  // A server that says good-bye closes the connection behind that.
  constexpr int kEnough = 100;
  for (int i = 0; i < kEnough; ++i) {
    if (wait(PQsocket(handle()), POLLIN, SteadyClock::now()) != Ready::yes) return !lost();
    if (PQconsumeInput(handle()) != 1 || lost()) return false;
  }
  return false;
}

}  // namespace cpp_lite::postgres
