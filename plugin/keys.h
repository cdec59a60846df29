// The safety class of a method, and the key by which a repeated request is recognised (calls.md
// 4.2; CL031, CL033 and CL040).
#pragma once

#include <google/protobuf/descriptor.h>

#include "policy.h"

namespace cpp_lite::plugin {

// Fills in class and key of `policy`.
void resolve_key(const google::protobuf::MethodDescriptor& method, const Run& run, Policy& policy);

// The .proto states one: protoc's own option.
bool has_idempotency_level(const google::protobuf::MethodDescriptor& method);

}  // namespace cpp_lite::plugin
