// cpp_lite_bench_server --port=N --loops=N --run-on=loop|threads [--tls]:
// payments.v1.PaymentService without keys, for anyone's load generator, on the loopback address
// until SIGTERM.
//
// --threads=N and --sleep-ms=N: of run-on=threads, how many there are, and how long ChargeCard
// sleeps. --busy-poll=N: loops look for work so many microseconds before they sleep.
#include <cpp_lite/async.h>
#include <cpp_lite/recycle.h>
#include <cpp_lite/server.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>

#include "answers.h"
#include "flags.h"
#include "payments.lite.h"
#if BENCH_TLS
#include <cpp_lite/tls.h>

#include "self_signed.h"
#endif

namespace {

using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using namespace payments::v1;

class Payments final : public PaymentService::Handler {
 public:
  explicit Payments(std::chrono::milliseconds sleep) : sleep_(sleep) {}

 private:
  Future<Result<ChargeResponse>> ChargeCard(ServerContext&, ChargeRequest request) override {
    if (sleep_.count() > 0) std::this_thread::sleep_for(sleep_);
    if (const char* why = bench::refusal(request)) return Status(Code::invalid_argument, why);
    auto response = cpp_lite::recycled<ChargeResponse>();
    bench::charge(request, response);
    cpp_lite::recycle(std::move(request));
    return response;
  }

  Future<Status> StreamTransactions(ServerContext&, TransactionStreamRequest request,
                                    cpp_lite::Writer<Transaction>& out) override {
    Transaction message;
    if (!bench::transaction(request, message)) {
      co_return Status(Code::invalid_argument, "pad: wants a number up to 16 MiB");
    }
    for (std::int64_t i = 0; i < request.since_unix(); ++i) {
      if (!co_await out.write(message)) break;
    }
    co_return Status();
  }

  Future<Result<BatchChargeResponse>> BatchCharge(ServerContext&,
                                                  cpp_lite::Reader<ChargeRequest>& in) override {
    BatchChargeResponse response;
    ChargeRequest request;
    while (co_await in.read(request)) bench::count(request, response);
    co_return response;
  }

  Future<Status> PaymentChat(ServerContext&, cpp_lite::Reader<PaymentMessage>& in,
                             cpp_lite::Writer<PaymentMessage>& out) override {
    while (auto message = co_await in.read()) {
      if (!co_await out.write(*message)) break;
    }
    co_return Status();
  }

  const std::chrono::milliseconds sleep_;
};

// False: this build has no TLS.
bool listen_options([[maybe_unused]] bool tls, cpp_lite::ListenOptions& options) {
#if BENCH_TLS
  if (!tls) return true;
  bench::SelfSigned made = bench::self_signed();
  cpp_lite::TlsServerOptions secure;
  secure.certificates.resize(1);
  secure.certificates[0].chain.text = std::move(made.certificate);
  secure.certificates[0].key.text = std::move(made.key);
  options.tls = cpp_lite::tls_server(std::move(secure));
  return true;
#else
  static_cast<void>(options);
  return !tls;
#endif
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Flags flags(argc, argv,
                           {{"port", "0"},
                            {"loops", "1"},
                            {"run-on", "loop"},
                            {"threads", "0"},
                            {"sleep-ms", "0"},
                            {"busy-poll", "0"},
                            {"tls", "0"}});
  const bool threads = flags.text("run-on") == "threads";
  cpp_lite::ListenOptions listen;
  if ((!threads && flags.text("run-on") != "loop") || !listen_options(flags.set("tls"), listen)) {
    std::fprintf(stderr, "--run-on is loop or threads; --tls wants a build with OpenSSL\n");
    return 2;
  }
  Payments service{std::chrono::milliseconds(flags.number("sleep-ms"))};
  cpp_lite::Server server({.loops = static_cast<int>(flags.number("loops")),
                           .threads = static_cast<int>(flags.number("threads")),
                           .busy_poll = std::chrono::microseconds(flags.number("busy-poll"))});
  server.add(service, threads ? cpp_lite::RunOn::threads : cpp_lite::RunOn::loop);
  server.stop_on(SIGTERM, SIGINT);
  const Status status = server.listen("127.0.0.1:" + flags.text("port"), listen);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.to_string().c_str());
    return 1;
  }
  std::printf("listening on 127.0.0.1:%d\n", server.port());
  std::fflush(stdout);
  server.run();
}
