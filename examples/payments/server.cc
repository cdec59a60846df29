// payments_server --port=N --store=WHERE: payments.v1.PaymentService on the loopback address, until
// SIGTERM; over TLS if it is given a certificate. Beside it the health of the server and, if that
// is asked for, reflection.
#include <cpp_lite/health.h>
#include <cpp_lite/reflection.h>

#include <csignal>
#include <iostream>

#include "flags.h"
#include "service.h"
#include "stores.h"
#include "transport.h"

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv,
      "usage: payments_server [--port=50051] [--store=memory]\n"
      "                       [--tls-cert=FILE --tls-key=FILE [--tls-client-ca=FILE]]\n"
      "                       [--reflection] [--stats]\n"
      "  --port    0: any free one\n"
      "  --store   where keys and charges are kept: memory, sqlite:FILE,\n"
      "            postgresql://HOST/DATABASE, or redis://HOST:PORT; with memory\n"
      "            and redis charges are in memory\n"
      "  --tls-cert, --tls-key   PEM: the certificate, with its chain, and its key\n"
      "  --tls-client-ca   PEM: callers need a certificate of this authority, and have their own\n"
      "            keys\n"
      "  --reflection   tells grpcurl and the like what there is to call\n"
      "  --stats   prints what the server has counted when it ends\n",
      {{"port", "50051"},
       {"store", "memory"},
       {"tls-cert", ""},
       {"tls-key", ""},
       {"tls-client-ca", ""},
       {"reflection", "false"},
       {"stats", "false"}});

  auto stores = payments::make_stores(flags.at("store"));
  if (!stores) {
    std::cerr << stores.status().message() << "\n";
    return 2;
  }
  payments::Payments service(*stores->ledger);
  const payments::TransportFiles files{flags.at("tls-cert"), flags.at("tls-key"),
                                       flags.at("tls-client-ca")};
  cpp_lite::ServerOptions options = payments::server_options(*stores);
  auto listen_options = payments::listen_options(files, options);
  if (!listen_options) {
    std::cerr << listen_options.status().message() << "\n";
    return 2;
  }
  cpp_lite::Server server(std::move(options));
  // A handler that charges blocks on the database.
  server.add(service, cpp_lite::RunOn::threads);
  server.add(cpp_lite::Health());
  if (flags.at("reflection") == "true") cpp_lite::add_reflection(server);
  server.stop_on(SIGTERM, SIGINT);
  const auto status = server.listen("127.0.0.1:" + flags.at("port"), *listen_options);
  if (!status.ok()) {
    std::cerr << status.to_string() << "\n";
    return 1;
  }
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;
  if (!stores->caveat.empty()) std::cout << stores->caveat << std::endl;
  server.run();
  if (flags.at("stats") == "true") std::cout << cpp_lite::to_string(server.stats());
}
