// What the retry_config says of a method's attempts (CL050, and what it may not say).
#pragma once

#include <google/protobuf/descriptor.h>

#include "policy.h"

namespace cpp_lite::plugin {

// For a method whose .proto says nothing of attempts; its class and its times are known already.
void import_attempts(const google::protobuf::MethodDescriptor& method, const Run& run,
                     Policy& policy);

}  // namespace cpp_lite::plugin
