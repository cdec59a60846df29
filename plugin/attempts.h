// How often a call is sent, and after what (CL013, CL015, CL017 to CL019).
#pragma once

#include <cpp_lite/method.h>
#include <google/protobuf/descriptor.h>

#include <string>

#include "policy.h"

namespace cpp_lite::plugin {

// Fills in what `policy` says of attempts; its class and its times are known already.
void resolve_attempts(const google::protobuf::MethodDescriptor& method, const Run& run,
                      Policy& policy);

// CL019: which attempt can never start when all waits are at their longest, in words; empty if all
// can.
std::string too_late(const RetryPolicyData& retry, const Policy& policy);

}  // namespace cpp_lite::plugin
