// A ledger in the database of the idempotency store: a charge and the answer to it are committed
// together.
#pragma once

#include <cpp_lite/loop.h>

#include <memory>
#include <mutex>
#include <string>

#include "ledger.h"

struct sqlite3;

namespace payments {

class SqliteLedger final : public Ledger {
 public:
  // For SqliteStoreOptions::application_schema.
  static const char* schema();
  // Reads from the database at `path` with a connection of its own, once the store has made it.
  explicit SqliteLedger(std::string path, Now now = system_now);
  ~SqliteLedger() override;

  cpp_lite::Result<v1::Transaction> record(const v1::ChargeRequest& charge,
                                           cpp_lite::KeyedExecution& execution) override;
  cpp_lite::Result<Page> read(const std::string& customer_id, std::size_t from) override;
  const char* name() const override { return "sqlite"; }

 private:
  cpp_lite::Status open();

  const std::string path_;
  const Now now_;
  const std::shared_ptr<cpp_lite::Loop> timers_ = cpp_lite::Loop::create();
  std::mutex mutex_;
  sqlite3* reader_ = nullptr;  // guarded by mutex_
};

}  // namespace payments
