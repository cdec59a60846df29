// What the options of cpp_lite/options.proto, and the retry_config, come to for one method, and
// whether they make sense. The checks have ids (CL001 to CL050, docs/guide/generator.md) and end up
// in Problems with the position of the option.
#pragma once

#include <cpp_lite/keyed.h>
#include <cpp_lite/method.h>
#include <google/protobuf/descriptor.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run.h"
#include "shapes.h"

namespace cpp_lite::plugin {

// Who gives the default deadline of a method.
enum class DeadlineSource { nobody, proto, retry_config, parameter };

// Where the request of a keyed method carries its key. Nothing, if it does not.
struct Key {
  std::uint32_t field = 0;    // its number
  std::string name = {};      // and how the .proto calls it
  std::string accessor = {};  // the C++ name of its getter
  std::string metadata = {};  // instead of a field
  bool client_generates = false;
};

// What the server has to know of a method whose .proto declares a key, and clients do not.
struct ServedKey {
  KeyPolicy values;  // but for what it borrows, which is here:
  std::vector<std::string> scope_metadata;
  Shapes shapes;
  std::vector<FieldNumbers> excluded;
};

struct Policy {
  Safety safety = Safety::unsafe;
  DeadlineSource deadline_source = DeadlineSource::nobody;
  std::chrono::nanoseconds default_timeout{};  // max(): without end, on purpose
  std::chrono::nanoseconds max_timeout{};      // 0: none
  std::chrono::nanoseconds idle_timeout{};     // 0: none
  bool wait_for_ready = false;
  std::chrono::nanoseconds attempt_timeout{};  // 0: none
  RetryPolicyData retry{};                     // max_attempts 0: nothing was said
  HedgingPolicyData hedging{};
  bool no_retry = false;
  Key key;
  std::optional<ServedKey> served_key;
  // "service" or "file": whose retry policy this method would have, were it safe to repeat it.
  std::string retry_left_out;
};

// Checks what `file` and `service` say for their methods. Once each, before their methods.
void check_defaults(const google::protobuf::FileDescriptor& file, Problems& problems);
void check_defaults(const google::protobuf::ServiceDescriptor& service, Problems& problems);

// Resolves method > service > file > retry_config > parameter and checks the method's own options.
Policy resolve_policy(const google::protobuf::MethodDescriptor& method, const Run& run);

}  // namespace cpp_lite::plugin
