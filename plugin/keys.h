// The safety class of a method, and the key by which a repeated request is recognised
// (docs/rules.md, "Safety"; CL030, CL031, CL033, CL040 and CL041).
#pragma once

#include <google/protobuf/descriptor.h>

#include <string_view>

#include "policy.h"

namespace cpp_lite::plugin {

// Fills in class and key of `policy`.
void resolve_key(const google::protobuf::MethodDescriptor& method, const Run& run, Policy& policy);

// The .proto states one: protoc's own option.
bool has_idempotency_level(const google::protobuf::MethodDescriptor& method);

// CL033: nullptr if metadata of this name may hold a key, or be part of what a key is for.
const char* fault_of_metadata_key(std::string_view name);

}  // namespace cpp_lite::plugin
