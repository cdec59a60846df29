// Whether a server can keep the promises of its keyed methods.
#pragma once

#include "server/shard.h"

namespace cpp_lite::server {

// Sets `keyed` and `keyed_problem`, once, before calls are served. May block: it asks the store.
void prepare_keyed(Config& config);

}  // namespace cpp_lite::server
