#include "postgres/context.h"

#include <utility>

namespace cpp_lite::postgres {

Result<std::unique_ptr<Connection>> Context::connect() {
  auto connection = Connection::open(options_.where, options_.timeouts);
  Status status = connection.ok() ? Status() : connection.status();
  if (status.ok() && known() == nullptr) status = open_first(**connection);
  if (!status.ok()) {
    if (!lost_.exchange(true)) log(LogLevel::warning, "no connection: " + status.message());
    return status;
  }
  if (lost_.exchange(false)) log(LogLevel::warning, "connected again");
  return connection;
}

Status Context::open_first(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (first_) return {};
  auto found = open_schema(connection, options_.schema);
  if (!found.ok()) return found.status();
  first_ = *std::move(found);
  known_.store(&*first_, std::memory_order_release);
  return {};
}

void Context::watch(const Reading& reading) {
  if (reading.notable) notable_ = true;
  if (trusted_.exchange(reading.trusted) == reading.trusted) return;
  log(LogLevel::warning,
      reading.trusted
          ? "the server's clock is believed again: records expire"
          : "the server's clock jumped by more than ten minutes: no record expires until it "
            "agrees again, or `cpp-lite-keys` confirms it");
}

}  // namespace cpp_lite::postgres
