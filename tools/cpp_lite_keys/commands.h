// What the tool does with a store. Each command prints to `out` and says how it ended.
#pragma once

#include <cpp_lite/status.h>

#include <iosfwd>
#include <string>
#include <string_view>

#include "arguments.h"

namespace cpp_lite::keys {

extern const std::string_view kUsage;

// Runs the whole command line. INVALID_ARGUMENT: it is not understood.
Status run(const Arguments& arguments, std::ostream& out);

// The program's exit code for what run() says: 0 done, 1 refused, 2 not understood, 3 there is no
// store, or it does not answer.
int exit_code_of(const Status& status);

}  // namespace cpp_lite::keys
