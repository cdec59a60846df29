// tls_server --certificates=FOLDER --port=N: greets callers by the names in their certificates. The
// files are read again at SIGHUP, and connections go on meanwhile.
#include <cpp_lite/server.h>
#include <cpp_lite/tls.h>

#include <csignal>
#include <iostream>
#include <string>
#include <thread>

#include "flags.h"
#include "hello.lite.h"

class Greeter final : public hello::Greeter::Handler {
  cpp_lite::Future<cpp_lite::Result<hello::GreetResponse>> Greet(cpp_lite::ServerContext& context,
                                                                 hello::GreetRequest) override {
    hello::GreetResponse response;
    response.set_text("Hello, " + context.principal() + "!");
    return response;
  }
};

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv,
      "usage: tls_server --certificates=FOLDER [--port=50051]\n"
      "  --certificates   with server.pem, server.key and ca.pem: see certificates.sh\n",
      {{"certificates", "."}, {"port", "50051"}});
  const std::string folder = flags.at("certificates");

  // Waited for by a thread below, so all others, which are begun later, have to leave it alone.
  sigset_t hang_up;
  sigemptyset(&hang_up);
  sigaddset(&hang_up, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &hang_up, nullptr);

  const auto tls = cpp_lite::tls_server({
      .certificates = {{.chain = {.file = folder + "/server.pem"},
                        .key = {.file = folder + "/server.key"}}},
      .client_certificates = cpp_lite::ClientCertificates::required,
      .client_roots = {.file = folder + "/ca.pem"},
  });
  Greeter greeter;
  cpp_lite::Server server;
  server.add(greeter);
  server.stop_on(SIGTERM, SIGINT);
  const auto status = server.listen("127.0.0.1:" + flags.at("port"), {.tls = tls});
  if (!status.ok()) {
    std::cerr << status.to_string() << "\n";
    return 1;
  }
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;

  std::thread([tls, hang_up] {
    for (int signal = 0; sigwait(&hang_up, &signal) == 0;) {
      std::cout << "certificates: " << tls->reload().to_string() << std::endl;
    }
  }).detach();
  server.run();
}
