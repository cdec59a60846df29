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
  bool durable = false;
  // Charges, which are declared TRANSACTIONAL, may run on a store without transactions.
  bool untransactional = false;
};

// INVALID_ARGUMENT, with what may be said, for anything else.
cpp_lite::Result<Stores> make_stores(const std::string& name);
// For a server with these stores.
cpp_lite::ServerOptions server_options(const Stores& stores);

}  // namespace payments
