// users_server --port=N [--token=T]: users.v1.UserService on the loopback address, until SIGTERM.
#include <cpp_lite/layers.h>
#include <cpp_lite/server.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <string>
#include <string_view>

#include "flags.h"
#include "service.h"

namespace {

void log_line(cpp_lite::LogLevel, std::string_view line) { std::clog << std::string(line) + "\n"; }

// Messages of errors name users, whom a log need not know.
std::string without_names(cpp_lite::CallLogPart part, std::string_view, std::string_view text) {
  return part == cpp_lite::CallLogPart::message ? "" : std::string(text);
}

// Takes as long for a wrong secret as for the right one, so that nobody can guess it piece by
// piece.
bool same_secret(std::string_view given, std::string_view right) {
  unsigned difference = given.size() == right.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(given.size(), right.size()); ++i) {
    difference |= static_cast<unsigned char>(given[i] ^ right[i]);
  }
  return difference == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv,
      "usage: users_server [--port=50052] [--token=T]\n"
      "  port 0: any free one; a token that is not empty is asked of every call\n",
      {{"port", "50052"}, {"token", ""}});

  users::Store store;
  users::Users service(store);
  cpp_lite::Server server({.loops = 2, .threads = 8});
  // The first layer is the outermost: the log shows refused calls, too.
  server.add(cpp_lite::request_ids());
  server.add(cpp_lite::log_calls(log_line, {.redact = without_names}));
  if (const std::string token = flags.at("token"); !token.empty()) {
    server.add(cpp_lite::require_bearer_token(
        [token](std::string_view given) { return same_secret(given, token); }));
  }
  server.add(service, cpp_lite::RunOn::threads);  // its handlers may block
  server.stop_on(SIGTERM, SIGINT);
  if (auto status = server.listen("127.0.0.1:" + flags.at("port")); !status.ok()) {
    std::cerr << status.to_string() << "\n";
    return 1;
  }
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;
  server.run();
}
