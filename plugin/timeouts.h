// How long a call, an attempt and a stream's silence may be (CL001 to CL004).
#pragma once

#include <google/protobuf/descriptor.h>

#include <chrono>
#include <optional>
#include <string>

#include "policy.h"

namespace cpp_lite::plugin {

// Fills in the times of `policy`, whose class and key are known already.
void resolve_timeouts(const google::protobuf::MethodDescriptor& method, const Run& run,
                      Policy& policy);

// How long the server remembers a key of this method: method > service > file > a day.
std::chrono::nanoseconds ttl_of(const google::protobuf::MethodDescriptor& method);

// The duration of an option that has been checked elsewhere; nullopt if it was found wrong there.
std::optional<std::chrono::nanoseconds> positive(const std::string& text);

}  // namespace cpp_lite::plugin
