// tls_client --certificates=FOLDER --target=HOST:PORT: one call with a certificate, and one
// without, which the server refuses.
#include <cpp_lite/channel.h>
#include <cpp_lite/tls.h>

#include <chrono>
#include <string>

#include "check.h"
#include "flags.h"
#include "hello.lite.h"

using namespace std::chrono_literals;

namespace {

cpp_lite::Reply<hello::GreetResponse> greet(const std::string& target,
                                            const cpp_lite::TlsClientOptions& tls) {
  hello::Greeter::Client greeter(cpp_lite::connect(target, {.tls = cpp_lite::tls_client(tls)}));
  return greeter.Greet(hello::GreetRequest(), 10s).get();
}

}  // namespace

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv,
      "usage: tls_client --certificates=FOLDER [--target=localhost:50051]\n"
      "  --certificates   with client.pem, client.key and ca.pem: see certificates.sh\n",
      {{"certificates", "."}, {"target", "localhost:50051"}});
  const std::string folder = flags.at("certificates"), target = flags.at("target");
  examples::Checks check;

  cpp_lite::TlsClientOptions tls{.roots = {.file = folder + "/ca.pem"},
                                 .identity = {.chain = {.file = folder + "/client.pem"},
                                              .key = {.file = folder + "/client.key"}}};
  const auto known = greet(target, tls);
  check.that(known.ok(), known.ok() ? known->text() : known.status().to_string());

  tls.identity = {};
  const auto unknown = greet(target, tls);
  check.that(!unknown.ok(), "without a certificate: " + unknown.status().to_string());

  tls.server_name = "elsewhere.example";
  const auto misnamed = greet(target, tls);
  check.that(!misnamed.ok(), "under another name: " + misnamed.status().to_string());
  return check.exit_code();
}
