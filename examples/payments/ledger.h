// Every transaction of this process, in memory. Thread-safe.
#pragma once

#include <cpp_lite/event.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "payments/v1/payments.pb.h"

namespace payments {

// Seconds since 1970.
using Now = std::function<std::int64_t()>;
std::int64_t system_now();

class Ledger {
 public:
  explicit Ledger(Now now = system_now) : now_(std::move(now)) {}

  v1::Transaction record(const v1::ChargeRequest& charge);

  // Some of a customer's transactions in the order of their recording, from number `from` on; when
  // there are none yet, `change` is ready as soon as there may be. Whoever follows a customer keeps
  // a number instead of the ledger a queue, so a slow follower costs no memory.
  struct Page {
    std::vector<v1::Transaction> transactions;
    cpp_lite::Future<void> change;  // valid when there are none
  };
  Page read(const std::string& customer_id, std::size_t from);

 private:
  const Now now_;
  cpp_lite::Event recorded_;
  std::mutex mutex_;
  std::size_t count_ = 0;                                            // guarded by mutex_
  std::map<std::string, std::vector<v1::Transaction>> by_customer_;  // guarded by mutex_
};

}  // namespace payments
