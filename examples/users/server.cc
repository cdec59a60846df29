// users_server --port=N [--token=T]: users.v1.UserService on the loopback address, until SIGTERM.
#include <csignal>
#include <iostream>
#include <string>
#include <string_view>

#include "flags.h"
#include "layers.h"
#include "service.h"

namespace {

void log_line(cpp_lite::LogLevel, std::string_view line) { std::clog << std::string(line) + "\n"; }

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
  server.add(users::name_requests(log_line));
  if (!flags.at("token").empty()) server.add(users::require_token(flags.at("token")));
  server.add(service, cpp_lite::RunOn::threads);  // its handlers may block
  server.stop_on(SIGTERM, SIGINT);
  if (auto status = server.listen("127.0.0.1:" + flags.at("port")); !status.ok()) {
    std::cerr << status.to_string() << "\n";
    return 1;
  }
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;
  server.run();
}
