#include "postgres_ledger.h"

#include <cpp_lite/async.h>
#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace payments {
namespace {

using cpp_lite::Code;
using cpp_lite::Status;

// The rows of one statement, with values as text.
class Rows {
 public:
  template <std::size_t kSize>
  Rows(PGconn* connection, const char* sql, const std::array<std::string, kSize>& values) {
    std::array<const char*, kSize> pointers{};
    for (std::size_t i = 0; i < kSize; ++i) pointers[i] = values[i].c_str();
    result_ = PQexecParams(connection, sql, static_cast<int>(kSize), nullptr, pointers.data(),
                           nullptr, nullptr, 0);
  }
  ~Rows() { PQclear(result_); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  bool ok() const { return PQresultStatus(result_) == PGRES_TUPLES_OK; }
  int count() const { return PQntuples(result_); }
  const char* text(int row, int column) const { return PQgetvalue(result_, row, column); }
  long long number(int row, int column) const {
    return std::strtoll(text(row, column), nullptr, 10);
  }

 private:
  PGresult* result_ = nullptr;
};

Status failure(PGconn* connection) {
  return {Code::unavailable, std::string("the ledger: ") + PQerrorMessage(connection)};
}

// What a transaction could not write has not happened, and the next request may write it: said so,
// because a plain status would be this key's answer for good. What it was is for the operator.
Status not_written(PGconn* connection) {
  std::clog << "the ledger: " << PQerrorMessage(connection) << std::endl;
  return Status::outcome_unknown("the charge could not be written");
}

v1::Transaction transaction_of(const Rows& rows, int row) {
  v1::Transaction transaction;
  transaction.set_id(std::string("tx-") + rows.text(row, 0));
  transaction.set_customer_id(rows.text(row, 1));
  transaction.set_amount_cents(rows.number(row, 2));
  transaction.set_currency(rows.text(row, 3));
  transaction.set_created_at_unix(rows.number(row, 4));
  return transaction;
}

}  // namespace

const char* PostgresLedger::schema() {
  return "CREATE TABLE IF NOT EXISTS charge (number bigserial PRIMARY KEY, customer text NOT NULL,"
         " cents bigint NOT NULL, currency text NOT NULL, created bigint NOT NULL,"
         " key text NOT NULL);"
         "CREATE INDEX IF NOT EXISTS charge_of_customer ON charge (customer, number);";
}

void PostgresLedger::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

PostgresLedger::PostgresLedger(std::string where, Now now)
    : where_(std::move(where)), now_(std::move(now)) {}

PostgresLedger::~PostgresLedger() = default;

// In the transaction that the answer will be part of, on the connection that holds it.
cpp_lite::Result<v1::Transaction> PostgresLedger::record(const v1::ChargeRequest& charge,
                                                         cpp_lite::KeyedExecution& execution) {
  auto* const connection = static_cast<PGconn*>(execution.transaction());
  if (connection == nullptr) return Status(Code::internal, "there is no transaction");
  const Rows inserted(
      connection,
      "INSERT INTO charge (customer, cents, currency, created, key)"
      " VALUES ($1, $2, $3, $4, $5)"
      " RETURNING number, customer, cents, currency, created",
      std::array{charge.customer_id(), std::to_string(charge.amount_cents()), charge.currency(),
                 std::to_string(now_()), charge.idempotency_key()});
  if (!inserted.ok() || inserted.count() != 1) return not_written(connection);
  return transaction_of(inserted, 0);
}

Status PostgresLedger::open() {
  if (reader_ != nullptr && PQstatus(reader_.get()) == CONNECTION_OK) return {};
  reader_.reset(PQconnectdb(where_.c_str()));
  return PQstatus(reader_.get()) == CONNECTION_OK ? Status() : failure(reader_.get());
}

cpp_lite::Result<Ledger::Page> PostgresLedger::read(const std::string& customer_id,
                                                    std::size_t from) {
  using namespace std::chrono_literals;
  const std::lock_guard lock(mutex_);
  if (Status bad = open(); !bad.ok()) return bad;
  const Rows found(reader_.get(),
                   "SELECT number, customer, cents, currency, created FROM charge"
                   " WHERE customer = $1 ORDER BY number LIMIT 100 OFFSET $2",
                   std::array{customer_id, std::to_string(from)});
  if (!found.ok()) return failure(reader_.get());
  Page page;
  for (int i = 0; i < found.count(); ++i) page.transactions.push_back(transaction_of(found, i));
  // Another process may write, too, so nothing but looking again tells of news.
  if (page.transactions.empty()) page.change = cpp_lite::sleep(timers_, 50ms);
  return page;
}

}  // namespace payments
