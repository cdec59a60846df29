#include <cpp_lite/channel.h>

#include <chrono>
#include <iostream>

#include "hello.lite.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  hello::Greeter::Client greeter(cpp_lite::connect(argc > 1 ? argv[1] : "127.0.0.1:50051"));

  hello::GreetRequest request;
  request.set_name("world");
  auto reply = greeter.Greet(request, 2s).get();  // blocks; in a coroutine: co_await it
  if (!reply) {
    std::cerr << reply.status().to_string() << "\n";
    return 1;
  }
  std::cout << reply->text() << "\n";
}
