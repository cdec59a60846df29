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
// Thread-safe. The safety class of a method, from its .proto, bounds what may be repeated: codes
// and hedging that the class does not allow are cut off, logged once, and counted. Within the class
// the config stands for the policy of the .proto, also with more attempts or codes than that.
class CPP_LITE_API ServiceConfig {
 public:
  ServiceConfig();                       // none, until update()
  ServiceConfig(std::string_view json);  // NOLINT(google-explicit-constructor): a literal is one
  ServiceConfig(const char* json) : ServiceConfig(std::string_view(json)) {}         // NOLINT
  ServiceConfig(const std::string& json) : ServiceConfig(std::string_view(json)) {}  // NOLINT
  static ServiceConfig from_file(std::string path);
  // Copies only: whoever was moved from would be no handle any more.
  ServiceConfig(const ServiceConfig&) = default;
  ServiceConfig& operator=(const ServiceConfig&) = default;
  ~ServiceConfig() = default;

  // INVALID_ARGUMENT and what is wrong, with its JSON path, if something was given and none of it
  // was good: until update() or reload() brings a good one, calls of channels with this config end
  // with UNAVAILABLE and the same words.
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

 private:
  struct State;
  explicit ServiceConfig(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // never null
};

}  // namespace cpp_lite
