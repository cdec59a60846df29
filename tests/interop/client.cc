// The client of the gRPC interop tests:
// cpp_lite_interop_client --server_host=H --server_port=N --test_case=NAME
//   [--use_tls --ca_file=FILE [--server_host_override=NAME]]
#include <cpp_lite/channel.h>
#include <cpp_lite/tls.h>

#include <cstdio>
#include <exception>
#include <string>

#include "cases.h"
#include "flags.h"

namespace interop {
namespace {

// Empty when there is none of that name.
Case find_case(const std::string& name) {
  for (const auto& cases : {core_cases(), wide_cases()}) {
    if (const auto found = cases.find(name); found != cases.end()) return found->second;
  }
  return {};
}

cpp_lite::ConnectOptions options_of(const Flags& flags) {
  if (flags.get("use_tls") != "true") return {.insecure = true};
  return {.tls = cpp_lite::tls_client({.roots = {.file = flags.get("ca_file")},
                                       .server_name = flags.get("server_host_override")})};
}

int run(const Flags& flags) {
  const std::string name = flags.get("test_case", "large_unary");
  const Case test = find_case(name);
  if (!test) {
    std::fprintf(stderr, "unknown test case %s\n", name.c_str());
    return 2;
  }
  const Channel channel = cpp_lite::connect(
      flags.get("server_host", "127.0.0.1") + ":" + flags.get("server_port", "10000"),
      options_of(flags));
  try {
    test(channel);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), failure.what());
    return 1;
  }
  std::printf("%s: done\n", name.c_str());
  return 0;
}

}  // namespace
}  // namespace interop

int main(int argc, char** argv) { return interop::run(interop::Flags(argc, argv)); }
