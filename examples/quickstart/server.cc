#include <cpp_lite/server.h>

#include <iostream>

#include "hello.lite.h"

class Greeter final : public hello::Greeter::Handler {
  cpp_lite::Future<cpp_lite::Result<hello::GreetResponse>> Greet(
      cpp_lite::ServerContext&, hello::GreetRequest request) override {
    if (request.name().empty())
      return cpp_lite::Status(cpp_lite::Code::invalid_argument, "name must not be empty");
    hello::GreetResponse response;
    response.set_text("Hello, " + request.name() + "!");
    return response;
  }
};

int main(int argc, char** argv) {
  Greeter greeter;
  cpp_lite::Server server;
  server.add(greeter);
  auto status = server.listen(argc > 1 ? argv[1] : "127.0.0.1:50051");
  if (!status.ok()) {
    std::cerr << status.to_string() << "\n";
    return 1;
  }
  std::cout << "port " << server.port() << std::endl;
  server.run();
}
