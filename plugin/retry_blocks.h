// A retry or hedging block by itself, whatever method it is for (CL010 to CL012, CL014, CL016).
#pragma once

#include <cpp_lite/method.h>

#include <cstddef>

#include "options.h"

namespace cpp_lite::plugin {

// `path` leads to the block from the extension.
void check_retry(const Site& site, const SourcePath& path, const RetryPolicy& retry);
void check_hedging(const Site& site, const SourcePath& path, const HedgingPolicy& hedging);

// With the defaults for what the block does not say. Of use only if the checks are content.
RetryPolicyData to_data(const RetryPolicy& retry);
HedgingPolicyData to_data(const HedgingPolicy& hedging);

// The place of DEADLINE_EXCEEDED among these codes; -1 if it is not there.
template <typename Codes>
int find_deadline_exceeded(const Codes& codes) {
  for (int i = 0; i < codes.size(); ++i) {
    if (codes.Get(i) == StatusCode::DEADLINE_EXCEEDED) return i;
  }
  return -1;
}

}  // namespace cpp_lite::plugin
