#include "server/keyed.h"

#include <cpp_lite/idempotency.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cpp_lite::server {
namespace {

// Beyond max_execution, for the store (docs/rules.md, "Waiting").
constexpr std::chrono::seconds kGrace{5};

std::vector<const Entry*> keyed_entries(const Router& router) {
  std::vector<const Entry*> found;
  for (const auto& [path, entry] : router.entries()) {
    if (entry.route.keyed != nullptr) found.push_back(&entry);
  }
  std::sort(found.begin(), found.end(), [](const Entry* a, const Entry* b) {
    return a->route.method->path < b->route.method->path;
  });
  return found;
}

Status no_store(const Method& method) {
  return Status(Code::failed_precondition,
                std::string(method.path) +
                    " is keyed, and ServerOptions::idempotency names no store: give it one, for "
                    "example sqlite_store(\"payments.db\"), or say ServerOptions::ignore_keys to "
                    "serve it like a method without a key");
}

Status check(const std::vector<const Entry*>& entries, KeyedServer* keyed) {
  for (const Entry* entry : entries) {
    const Route& route = entry->route;
    Status status = keyed == nullptr ? no_store(*route.method)
                                     : keyed->check(*route.method, *route.keyed, entry->run_on);
    if (!status.ok()) return status;
  }
  return Status();
}

}  // namespace

void prepare_keyed(Config& config) {
  const ServerOptions& options = config.options;
  if (options.ignore_keys) return;
  const std::vector<const Entry*> entries = keyed_entries(config.router);
  if (config.keyed == nullptr && options.idempotency != nullptr && !entries.empty()) {
    if (config.keyed_problem = options.idempotency->check(); !config.keyed_problem.ok()) return;
    config.keyed = options.idempotency->serve(options.idempotency, options);
  }
  config.keyed_problem = check(entries, config.keyed.get());
  for (const Entry* entry : entries) {
    config.longest_keyed =
        std::max(config.longest_keyed, entry->route.keyed->max_execution + kGrace);
  }
}

}  // namespace cpp_lite::server
