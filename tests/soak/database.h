// Where a soak keeps its keys and, in the same database, the effects of its transactions.
#pragma once

#include <cpp_lite/idempotency.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace soak {

using Store = cpp_lite::idempotency::TransactionalStore;

// `where`: sqlite:FILE, or what libpq takes.
std::shared_ptr<Store> open_store(const std::string& where);
// In the transaction that a handler has; false: it failed.
bool add_effect(std::string_view kind, void* transaction, int key);
// How often each key took effect.
std::map<int, int> count_effects(const std::string& where);

}  // namespace soak
