// A ledger that ends with its process.
#pragma once

#include <cpp_lite/event.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ledger.h"

namespace payments {

class MemoryLedger final : public Ledger {
 public:
  explicit MemoryLedger(Now now = system_now) : now_(std::move(now)) {}

  cpp_lite::Result<v1::Transaction> record(const v1::ChargeRequest& charge,
                                           cpp_lite::KeyedExecution& execution) override;
  cpp_lite::Result<Page> read(const std::string& customer_id, std::size_t from) override;
  const char* name() const override { return "memory"; }

 private:
  const Now now_;
  cpp_lite::Event recorded_;
  std::mutex mutex_;
  std::size_t count_ = 0;                                            // guarded by mutex_
  std::map<std::string, std::vector<v1::Transaction>> by_customer_;  // guarded by mutex_
};

}  // namespace payments
