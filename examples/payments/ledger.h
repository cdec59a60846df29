// The transactions of all customers, wherever they are kept. Thread-safe.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/keyed_execution.h>
#include <cpp_lite/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "payments/v1/payments.pb.h"

namespace payments {

// Seconds since 1970.
using Now = std::function<std::int64_t()>;
std::int64_t system_now();

class Ledger {
 public:
  // Where there is a transaction of the execution's, the record is part of it: it comes to be with
  // the answer, or not at all.
  virtual cpp_lite::Result<v1::Transaction> record(const v1::ChargeRequest& charge,
                                                   cpp_lite::KeyedExecution& execution) = 0;

  // Some of a customer's transactions in the order of their recording, from number `from` on; when
  // there are none yet, `change` is ready as soon as there may be. Whoever follows a customer keeps
  // a number instead of the ledger a queue, so a slow follower costs no memory.
  struct Page {
    std::vector<v1::Transaction> transactions;
    cpp_lite::Future<void> change;  // valid when there are none
  };
  virtual cpp_lite::Result<Page> read(const std::string& customer_id, std::size_t from) = 0;
  virtual const char* name() const = 0;  // "memory"
  virtual ~Ledger() = default;
};

}  // namespace payments
