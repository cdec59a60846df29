// grpc_bench_server --port=N --api=sync|callback|async [--tls]: the service of
// cpp_lite_bench_server on grpc++. Of --api=async ChargeCard alone is asynchronous, with one
// completion queue and thread for each of --threads=N; the streams are the synchronous ones.
// --hint: streams of the callback API are written with buffer_hint. --sleep-ms=N: in ChargeCard.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "answers.h"
#include "flags.h"
#include "payments.grpc.pb.h"
#include "peers/grpc/callback_service.h"
#if BENCH_TLS
#include "self_signed.h"
#endif

namespace {

using namespace payments::v1;

class SyncService : public PaymentService::Service {
 public:
  void sleep_for(std::chrono::milliseconds time) { sleep_ = time; }

  grpc::Status ChargeCard(grpc::ServerContext*, const ChargeRequest* request,
                          ChargeResponse* response) override {
    if (sleep_.count() > 0) std::this_thread::sleep_for(sleep_);
    return bench::charged(*request, *response);
  }
  grpc::Status StreamTransactions(grpc::ServerContext*, const TransactionStreamRequest* request,
                                  grpc::ServerWriter<Transaction>* out) override {
    Transaction message;
    if (!bench::transaction(*request, message)) return bench::wrong_padding();
    for (std::int64_t i = 0; i < request->since_unix(); ++i) {
      if (!out->Write(message)) break;
    }
    return grpc::Status::OK;
  }
  grpc::Status BatchCharge(grpc::ServerContext*, grpc::ServerReader<ChargeRequest>* in,
                           BatchChargeResponse* response) override {
    ChargeRequest request;
    while (in->Read(&request)) bench::count(request, *response);
    return grpc::Status::OK;
  }
  grpc::Status PaymentChat(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<PaymentMessage, PaymentMessage>* stream) override {
    PaymentMessage message;
    while (stream->Read(&message) && stream->Write(message)) {
    }
    return grpc::Status::OK;
  }

 private:
  std::chrono::milliseconds sleep_{};
};

using AsyncService = PaymentService::WithAsyncMethod_ChargeCard<SyncService>;

// One call of the asynchronous API after another, on one completion queue.
class AsyncCall {
 public:
  AsyncCall(AsyncService& service, grpc::ServerCompletionQueue& queue)
      : service_(service), queue_(queue), responder_(&context_) {
    service_.RequestChargeCard(&context_, &request_, &responder_, &queue_, &queue_, this);
  }
  void proceed(bool ok) {
    if (!ok || answered_) {
      delete this;
      return;
    }
    new AsyncCall(service_, queue_);
    answered_ = true;
    responder_.Finish(response_, bench::charged(request_, response_), this);
  }

 private:
  AsyncService& service_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  ChargeRequest request_;
  ChargeResponse response_;
  grpc::ServerAsyncResponseWriter<ChargeResponse> responder_;
  bool answered_ = false;
};

void serve_queue(AsyncService& service, grpc::ServerCompletionQueue& queue) {
  constexpr int kRequested = 200;
  for (int i = 0; i < kRequested; ++i) new AsyncCall(service, queue);
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) static_cast<AsyncCall*>(tag)->proceed(ok);
}

std::shared_ptr<grpc::ServerCredentials> credentials(bool tls) {
  if (!tls) return grpc::InsecureServerCredentials();
#if BENCH_TLS
  const bench::SelfSigned made = bench::self_signed();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({made.key, made.certificate});
  return grpc::SslServerCredentials(options);
#else
  return nullptr;
#endif
}

// Until SIGTERM; main() has blocked it in all threads.
void wait_for_the_end() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  int which = 0;
  sigwait(&signals, &which);
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Flags flags(argc, argv,
                           {{"port", "0"},
                            {"api", "callback"},
                            {"threads", "1"},
                            {"hint", "0"},
                            {"sleep-ms", "0"},
                            {"tls", "0"}});
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const std::chrono::milliseconds sleep(flags.number("sleep-ms"));
  const std::string& api = flags.text("api");
  SyncService sync;
  AsyncService async;
  sync.sleep_for(sleep);
  async.sleep_for(sleep);
  bench::CallbackService callback{flags.set("hint")};
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:" + flags.text("port"), credentials(flags.set("tls")), &port);
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
  if (api == "sync") {
    builder.RegisterService(&sync);
  } else if (api == "async") {
    builder.RegisterService(&async);
    for (long i = 0; i < flags.number("threads"); ++i)
      queues.push_back(builder.AddCompletionQueue());
  } else {
    builder.RegisterService(&callback);
  }
  const auto server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return 1;
  std::vector<std::thread> threads;
  for (const auto& queue : queues) {
    threads.emplace_back([&async, &queue] { serve_queue(async, *queue); });
  }
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  wait_for_the_end();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  for (const auto& queue : queues) queue->Shutdown();
  for (std::thread& thread : threads) thread.join();
}
