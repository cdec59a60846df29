// Whether a server is fit for keys that must not be forgotten.
#pragma once

#include <cpp_lite/status.h>

#include "redis/connection.h"

namespace cpp_lite::redis {

// FAILED_PRECONDITION: it is a replica, may evict keys, or, unless that is no matter, forgets what
// it acknowledged when it is killed; UNAVAILABLE: it does not answer.
Status check_server(Connection& connection, bool require_persistence);

}  // namespace cpp_lite::redis
