// The parameter retry_config: a gRPC service config in JSON whose timeouts, retry policies and
// waitForReady count for methods of which the .proto says nothing itself (CL050).
#pragma once

#include <google/protobuf/descriptor.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "config/service_config.h"
#include "parameters.h"
#include "problems.h"

namespace cpp_lite::plugin {

// Read once per run; constant from then on.
class RetryConfig {
 public:
  RetryConfig() = default;  // says nothing

  // Reads and checks the file that the parameters name, if they do. `pool` holds the files of the
  // run and what they import: a service that is not there is unknown. A lenient config has
  // warnings where a strict one has errors, and what they are about does not count.
  RetryConfig(const Parameters& parameters, const google::protobuf::DescriptorPool& pool,
              Problems& problems);

  // The entry for a method, and where its name stands; null if there is none.
  struct Entry {
    const config::MethodConfig* config = nullptr;
    Position at;
    bool names_method = false;  // else its service, or all
  };
  Entry find(const google::protobuf::MethodDescriptor& method) const;

  std::optional<std::chrono::nanoseconds> timeout(
      const google::protobuf::MethodDescriptor& method) const;
  std::optional<bool> wait_for_ready(const google::protobuf::MethodDescriptor& method) const;

  // How it is said that the config asks for what it may not.
  Severity severity() const { return lenient_ ? Severity::warning : Severity::error; }
  Position at(int line, int column) const { return {file_, line, column}; }

 private:
  void check_names(const google::protobuf::DescriptorPool& pool, const config::MethodConfig& entry,
                   Problems& problems) const;
  void check_values(const config::MethodConfig& entry, Problems& problems) const;
  void check_listed(const std::string& path, const config::PolicySource& source,
                    Problems& problems) const;

  std::string file_;
  bool lenient_ = false;
  config::ServiceConfig config_;
  std::size_t most_problems_ = 0;  // with what is wrong in config_
};

}  // namespace cpp_lite::plugin
