#include "sqlite_ledger.h"

#include <cpp_lite/async.h>
#include <sqlite3.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <utility>

namespace payments {
namespace {

using cpp_lite::Code;
using cpp_lite::Status;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Statement prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
  return Statement(statement);
}

void bind(const Statement& statement, int i, const std::string& text) {
  sqlite3_bind_text(statement.get(), i, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
}
void bind(const Statement& statement, int i, std::int64_t number) {
  sqlite3_bind_int64(statement.get(), i, number);
}

std::string text_of(const Statement& statement, int column) {
  const auto* text = sqlite3_column_text(statement.get(), column);
  return text != nullptr ? reinterpret_cast<const char*>(text) : "";
}

Status failure(sqlite3* database) {
  return {Code::unavailable, std::string("the ledger: ") + sqlite3_errmsg(database)};
}

// What a transaction could not write has not happened, and the next request may write it: said so,
// because a plain status would be this key's answer for good. What it was is for the operator.
Status not_written(sqlite3* database) {
  std::clog << "the ledger: " << sqlite3_errmsg(database) << std::endl;
  return Status::outcome_unknown("the charge could not be written");
}

v1::Transaction transaction_of(const Statement& row) {
  v1::Transaction transaction;
  transaction.set_id("tx-" + std::to_string(sqlite3_column_int64(row.get(), 0)));
  transaction.set_customer_id(text_of(row, 1));
  transaction.set_amount_cents(sqlite3_column_int64(row.get(), 2));
  transaction.set_currency(text_of(row, 3));
  transaction.set_created_at_unix(sqlite3_column_int64(row.get(), 4));
  return transaction;
}

}  // namespace

const char* SqliteLedger::schema() {
  return "CREATE TABLE IF NOT EXISTS charge (number INTEGER PRIMARY KEY AUTOINCREMENT,"
         " customer TEXT NOT NULL, cents INTEGER NOT NULL, currency TEXT NOT NULL,"
         " created INTEGER NOT NULL, key TEXT NOT NULL);"
         "CREATE INDEX IF NOT EXISTS charge_of_customer ON charge (customer, number);";
}

SqliteLedger::SqliteLedger(std::string path, Now now)
    : path_(std::move(path)), now_(std::move(now)) {}

SqliteLedger::~SqliteLedger() { sqlite3_close(reader_); }

// In the transaction that the answer will be part of, on the connection that holds it.
cpp_lite::Result<v1::Transaction> SqliteLedger::record(const v1::ChargeRequest& charge,
                                                       cpp_lite::KeyedExecution& execution) {
  auto* database = static_cast<sqlite3*>(execution.transaction());
  if (database == nullptr) return Status(Code::internal, "there is no transaction");
  const Statement insert =
      prepare(database,
              "INSERT INTO charge (customer, cents, currency, created, key) VALUES (?, ?, ?, ?, ?)"
              " RETURNING number, customer, cents, currency, created");
  if (insert == nullptr) return not_written(database);
  bind(insert, 1, charge.customer_id());
  bind(insert, 2, charge.amount_cents());
  bind(insert, 3, charge.currency());
  bind(insert, 4, now_());
  bind(insert, 5, charge.idempotency_key());
  if (sqlite3_step(insert.get()) != SQLITE_ROW) return not_written(database);
  return transaction_of(insert);
}

Status SqliteLedger::open() {
  if (reader_ != nullptr) return {};
  constexpr int kFlags = SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX;
  if (sqlite3_open_v2(path_.c_str(), &reader_, kFlags, nullptr) == SQLITE_OK) return {};
  Status status = failure(reader_);
  sqlite3_close(std::exchange(reader_, nullptr));
  return status;
}

cpp_lite::Result<Ledger::Page> SqliteLedger::read(const std::string& customer_id,
                                                  std::size_t from) {
  using namespace std::chrono_literals;
  std::lock_guard lock(mutex_);
  if (Status bad = open(); !bad.ok()) return bad;
  const Statement select =
      prepare(reader_,
              "SELECT number, customer, cents, currency, created FROM charge WHERE customer = ?"
              " ORDER BY number LIMIT 100 OFFSET ?");
  if (select == nullptr) return failure(reader_);
  bind(select, 1, customer_id);
  bind(select, 2, static_cast<std::int64_t>(from));
  Page page;
  while (sqlite3_step(select.get()) == SQLITE_ROW) {
    page.transactions.push_back(transaction_of(select));
  }
  // Another process may write, too, so nothing but looking again tells of news.
  if (page.transactions.empty()) page.change = cpp_lite::sleep(timers_, 50ms);
  return page;
}

}  // namespace payments
