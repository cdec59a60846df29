// payments_server --port=N: payments.v1.PaymentService on the loopback address, until SIGTERM.
#include <csignal>
#include <iostream>

#include "flags.h"
#include "service.h"

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv, "usage: payments_server [--port=50051]   0: any free port\n",
      {{"port", "50051"}});

  payments::Ledger ledger;
  payments::Payments service(ledger);
  cpp_lite::Server server;
  server.add(service);
  server.stop_on(SIGTERM, SIGINT);
  if (auto status = server.listen("127.0.0.1:" + flags.at("port")); !status.ok()) {
    std::cerr << status.to_string() << "\n";
    return 1;
  }
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;
  server.run();
}
