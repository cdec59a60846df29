// How long a call, an attempt and a stream's silence may be (CL001 to CL004).
#pragma once

#include <google/protobuf/descriptor.h>

#include "policy.h"

namespace cpp_lite::plugin {

// Fills in the times of `policy`, whose class and key are known already.
void resolve_timeouts(const google::protobuf::MethodDescriptor& method, const Run& run,
                      Policy& policy);

}  // namespace cpp_lite::plugin
