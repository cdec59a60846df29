// What (cpp_lite.method).idempotency comes to for the server that executes keyed calls, and
// whether it makes sense (CL032, CL034 to CL039, CL042; docs/rules.md, "Keys").
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>

#include "options.h"
#include "policy.h"

namespace cpp_lite::plugin {

// Fills in served_key of `policy`, whose class, key and times are known already.
void resolve_served_key(const google::protobuf::MethodDescriptor& method, Problems& problems,
                        Policy& policy);

// CL001, and CL034 as far as it is about the ttl alone: a method's, a service's or a file's.
void check_ttl(const Site& site, const SourcePath& path, std::string_view name,
               const std::string& ttl);

}  // namespace cpp_lite::plugin
