// Whose word it is that nothing was executed.
#pragma once

#include <cpp_lite/status.h>

namespace cpp_lite::policy {

// The handler that returned this status made the promise itself. What a call to another server
// ended with says nothing of what was done here.
inline bool promised_here(const Status& status) {
  return status.is_not_executed() && status.origin() == Origin::local && status.phase().empty() &&
         status.attempts().empty();
}

}  // namespace cpp_lite::policy
