#include "idempotency/scope_usage.h"

namespace cpp_lite::idempotency {

std::optional<std::string> ScopeUsage::admit(const Record& record, const Quota& quota) {
  const std::lock_guard lock(mutex_);
  const auto found = used_.find(record.label.scope);
  const Quota used = found != used_.end() ? found->second : Quota();
  std::optional<std::string> why = over_quota(used, bytes_held(record), quota);
  if (!why) add(record);
  return why;
}

void ScopeUsage::replace(const Record& before, const Record& after) {
  const std::lock_guard lock(mutex_);
  subtract(before);
  add(after);
}

void ScopeUsage::remove(const Record& record) {
  const std::lock_guard lock(mutex_);
  subtract(record);
}

void ScopeUsage::add(const Record& record) {
  Quota& used = used_[record.label.scope];
  ++used.records;
  used.bytes += bytes_held(record);
}

void ScopeUsage::subtract(const Record& record) {
  const auto found = used_.find(record.label.scope);
  found->second.bytes -= bytes_held(record);
  if (--found->second.records == 0) used_.erase(found);
}

}  // namespace cpp_lite::idempotency
