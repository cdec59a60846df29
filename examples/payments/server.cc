// payments_server --port=N --store=WHERE: payments.v1.PaymentService on the loopback address, until
// SIGTERM.
#include <csignal>
#include <iostream>

#include "flags.h"
#include "service.h"
#include "stores.h"

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv,
      "usage: payments_server [--port=50051] [--store=memory] [--untransactional=no]\n"
      "  --port    0: any free one\n"
      "  --store   where keys and charges are kept: memory, sqlite:FILE,\n"
      "            postgresql://HOST/DATABASE, or redis://HOST:PORT\n"
      "  --untransactional   yes: also in a store without transactions\n",
      {{"port", "50051"}, {"store", "memory"}, {"untransactional", "no"}});

  auto stores = payments::make_stores(flags.at("store"));
  if (!stores) {
    std::cerr << stores.status().message() << "\n";
    return 2;
  }
  if (flags.at("untransactional") == "yes") stores->untransactional = true;
  payments::Payments service(*stores->ledger);
  cpp_lite::Server server(payments::server_options(*stores));
  // A handler that charges blocks on the database.
  server.add(service, cpp_lite::RunOn::threads);
  server.stop_on(SIGTERM, SIGINT);
  if (auto status = server.listen("127.0.0.1:" + flags.at("port")); !status.ok()) {
    std::cerr << status.to_string() << "\n";
    return 1;
  }
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;
  if (!stores->durable) std::cout << "charges are in memory, and end with it" << std::endl;
  server.run();
}
