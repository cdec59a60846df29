#include "memory_ledger.h"

#include <algorithm>
#include <chrono>

namespace payments {

std::int64_t system_now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_1970).count();
}

cpp_lite::Result<v1::Transaction> MemoryLedger::record(const v1::ChargeRequest& charge,
                                                       cpp_lite::KeyedExecution&) {
  v1::Transaction transaction;
  transaction.set_customer_id(charge.customer_id());
  transaction.set_amount_cents(charge.amount_cents());
  transaction.set_currency(charge.currency());
  {
    std::lock_guard lock(mutex_);
    transaction.set_id("tx-" + std::to_string(++count_));
    transaction.set_created_at_unix(now_());
    by_customer_[charge.customer_id()].push_back(transaction);
  }
  recorded_.notify_all();
  return transaction;
}

cpp_lite::Result<Ledger::Page> MemoryLedger::read(const std::string& customer_id,
                                                  std::size_t from) {
  constexpr std::size_t kMost = 100;
  Page page;
  std::lock_guard lock(mutex_);
  const auto found = by_customer_.find(customer_id);
  if (found == by_customer_.end() || from >= found->second.size()) {
    page.change = recorded_.wait();  // under the lock, so that no transaction slips past
    return page;
  }
  const auto first = found->second.begin() + static_cast<std::ptrdiff_t>(from);
  const std::size_t size = std::min(kMost, found->second.size() - from);
  page.transactions.assign(first, first + static_cast<std::ptrdiff_t>(size));
  return page;
}

}  // namespace payments
