// A ledger in the PostgreSQL database that keeps the keys, too: a charge and the answer to it are
// one commit.
#pragma once

#include <cpp_lite/loop.h>

#include <memory>
#include <mutex>
#include <string>

#include "ledger.h"

struct pg_conn;

namespace payments {

class PostgresLedger final : public Ledger {
 public:
  // For PostgresStoreOptions::application_schema.
  static const char* schema();

  explicit PostgresLedger(std::string where, Now now = system_now);
  ~PostgresLedger() override;

  cpp_lite::Result<v1::Transaction> record(const v1::ChargeRequest& charge,
                                           cpp_lite::KeyedExecution& execution) override;
  cpp_lite::Result<Page> read(const std::string& customer_id, std::size_t from) override;
  const char* name() const override { return "postgresql"; }

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  cpp_lite::Status open();

  const std::string where_;
  const Now now_;
  const std::shared_ptr<cpp_lite::Loop> timers_ = cpp_lite::Loop::create();
  std::mutex mutex_;
  std::unique_ptr<pg_conn, Finish> reader_;  // guarded by mutex_
};

}  // namespace payments
