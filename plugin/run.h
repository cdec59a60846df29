// What all files of one run have in common. Owned by GenerateAll; a Run borrows it.
#pragma once

#include "parameters.h"
#include "problems.h"
#include "retry_config.h"

namespace cpp_lite::plugin {

struct Run {
  const Parameters& parameters;
  const RetryConfig& retry_config;
  Problems& problems;
};

}  // namespace cpp_lite::plugin
