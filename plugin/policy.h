// What the options of cpp_lite/options.proto come to for one method, and whether they make sense.
// The checks have ids (CL001 to CL004) and end up in Problems with the position of the option.
#pragma once

#include <google/protobuf/descriptor.h>

#include <chrono>
#include <optional>

#include "parameters.h"
#include "problems.h"

namespace cpp_lite::plugin {

enum class Safety { unsafe, idempotent, no_side_effects, keyed };

// Who gives the default deadline of a method.
enum class DeadlineSource { nobody, proto, parameter };

struct Policy {
  Safety safety = Safety::unsafe;
  DeadlineSource deadline_source = DeadlineSource::nobody;
  std::chrono::nanoseconds default_timeout{};  // max(): without end, on purpose
  std::chrono::nanoseconds max_timeout{};      // 0: none
  std::chrono::nanoseconds idle_timeout{};     // 0: none
  bool wait_for_ready = false;
};

// Checks what `file` and `service` say for their methods. Once each, before their methods.
void check_defaults(const google::protobuf::FileDescriptor& file, Problems& problems);
void check_defaults(const google::protobuf::ServiceDescriptor& service, Problems& problems);

// Resolves method > service > file > parameter and checks the method's own options.
Policy resolve_policy(const google::protobuf::MethodDescriptor& method,
                      const Parameters& parameters, Problems& problems);

}  // namespace cpp_lite::plugin
