// gRPC's service config (grpc/grpc, doc/service_config.md; gRFC A2, A6, A21): deadlines, retries
// and load balancing of a channel, in JSON.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/status.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite {

namespace config {
struct ServiceConfig;
}  // namespace config

// A handle: copies share one config, so that update() reaches every channel that was given one.
// Thread-safe. What it says can only make a method more careful than its .proto does: what is wider
// is cut down to the method's safety class, logged once, and counted.
class CPP_LITE_API ServiceConfig {
 public:
  ServiceConfig() = default;             // none
  ServiceConfig(std::string_view json);  // NOLINT(google-explicit-constructor): a literal is one
  ServiceConfig(const char* json) : ServiceConfig(std::string_view(json)) {}         // NOLINT
  ServiceConfig(const std::string& json) : ServiceConfig(std::string_view(json)) {}  // NOLINT
  static ServiceConfig from_file(std::string path);

  // INVALID_ARGUMENT and what is wrong, with its JSON path, if there never was a good one: then
  // calls of a channel with this config fail with it.
  Status status() const;
  // What was taken although it looks like a mistake, since the last good config.
  std::vector<std::string> warnings() const;

  // Takes a new config for calls that begin from now on. With an error the previous one stays.
  Status update(std::string_view json);
  // Reads the file again.
  Status reload();

  // How many calls, of all its channels, it would have repeated where the .proto forbids it.
  std::uint64_t policy_narrowed() const;

  // For the runtime: the config of this moment; null: none.
  std::shared_ptr<const config::ServiceConfig> get() const;
  void count_narrowed() const;
  bool hedges() const;  // some method

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cpp_lite
