// Where a server keeps its keys and its ledger: --store=memory, sqlite:FILE,
// postgresql://HOST/DATABASE or redis://HOST:PORT.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/server.h>

#include <memory>
#include <string>

#include "ledger.h"

namespace payments {

struct Stores {
  std::shared_ptr<cpp_lite::IdempotencyStore> keys;
  std::unique_ptr<Ledger> ledger;
  // What is not promised, for whoever starts the server. Empty: a charge, its key and its answer
  // are one transaction of a database, and stay.
  std::string caveat = {};
};

// INVALID_ARGUMENT, with what may be said, for anything else.
cpp_lite::Result<Stores> make_stores(const std::string& name);
// For a server with these stores.
cpp_lite::ServerOptions server_options(const Stores& stores);

}  // namespace payments
