#include <cpp_lite/postgres_store.h>

#include "kind.h"

namespace cpp_lite::keys {
namespace {

Result<std::shared_ptr<IdempotencyStore>> open(const std::string& url) {
  PostgresStoreOptions options;
  options.create = false;
  options.lock_timeout = std::chrono::seconds(5);
  options.answer_timeout = std::chrono::seconds(30);
  options.purge_interval = {};
  options.log = {};
  auto store = postgres_store(url, std::move(options));
  if (Status status = store->check(); !status.ok()) return status;
  return store;
}

Status new_id(const std::string& url) { return postgres_new_id(url); }
Status confirm_clock(const std::string& url) { return postgres_confirm_clock(url); }

}  // namespace

extern const Kind kPostgres;
constexpr Kind kPostgres{"postgresql:", "postgresql://HOST/DATABASE", open, new_id, confirm_clock};

}  // namespace cpp_lite::keys
