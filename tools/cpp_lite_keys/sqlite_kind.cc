#include <cpp_lite/sqlite_store.h>

#include "kind.h"

namespace cpp_lite::keys {
namespace {

std::string file_of(const std::string& url) {
  return url.substr(std::string_view("sqlite:").size());
}

Result<std::shared_ptr<IdempotencyStore>> open(const std::string& url) {
  SqliteStoreOptions options;
  options.create = false;
  options.busy_timeout = std::chrono::seconds(5);
  options.purge_interval = {};
  options.trust_file_system = true;  // that is for the server to judge
  options.log = {};
  auto store = sqlite_store(file_of(url), std::move(options));
  if (Status status = store->check(); !status.ok()) return status;
  return store;
}

Status new_id(const std::string& url) { return sqlite_new_id(file_of(url)); }
Status confirm_clock(const std::string& url) { return sqlite_confirm_clock(file_of(url)); }

}  // namespace

extern const Kind kSqlite;
constexpr Kind kSqlite{"sqlite:", "sqlite:FILE", open, new_id, confirm_clock};

}  // namespace cpp_lite::keys
