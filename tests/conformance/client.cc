// The client that the conformance suite tests: does the calls that it is told on stdin, several at
// a time, and reports what came of each on stdout.
#include <cpp_lite/channel.h>
#include <cpp_lite/task.h>
#include <cpp_lite/tls.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapter_io.h"
#include "connectrpc/conformance/v1/client_compat.pb.h"
#include "connectrpc/conformance/v1/service.lite.h"
#include "convert.h"

namespace conformance {
namespace {

using Request = pb::ClientCompatRequest;
using Result = pb::ClientResponseResult;

void pause(std::uint32_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Stands above a call and cancels it, as a served call does that made it. Thread-safe.
class Canceller final : public cpp_lite::CallContext {
 public:
  cpp_lite::SteadyTime deadline() const override { return cpp_lite::SteadyTime::max(); }
  bool cancelled() const override {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }
  std::uint64_t on_cancel(cpp_lite::Task task) override {
    {
      const std::lock_guard lock(mutex_);
      if (!cancelled_) task_ = std::move(task);
    }
    if (task) task();
    return 1;
  }
  void forget(std::uint64_t) override {
    const std::lock_guard lock(mutex_);
    task_ = cpp_lite::Task();
  }
  void cancel() {
    cpp_lite::Task task;
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      std::swap(task, task_);
    }
    if (task) task();
  }

 private:
  mutable std::mutex mutex_;
  bool cancelled_ = false;
  cpp_lite::Task task_;
};

// One call of the suite.
class CallUnderTest {
 public:
  explicit CallUnderTest(const Request& request)
      : request_(request),
        metadata_(to_metadata(request.request_headers())),
        client_(channel_for(request)) {}

  // Empty when the request asks for what nobody can do.
  std::optional<Result> run() {
    if (request_.method() == "Unary") {
      unary<pb::UnaryRequest, pb::UnaryResponse>(&pb::ConformanceService::Client::Unary);
    } else if (request_.method() == "IdempotentUnary") {
      unary<pb::IdempotentUnaryRequest, pb::IdempotentUnaryResponse>(
          &pb::ConformanceService::Client::IdempotentUnary);
    } else if (request_.method() == "Unimplemented") {
      unary<pb::UnimplementedRequest, pb::UnimplementedResponse>(
          &pb::ConformanceService::Client::Unimplemented);
    } else if (request_.method() == "ServerStream") {
      server_stream();
    } else if (request_.method() == "ClientStream") {
      client_stream();
    } else if (request_.method() == "BidiStream") {
      bidi_stream();
    } else {
      return std::nullopt;
    }
    return std::move(result_);
  }

 private:
  static std::shared_ptr<cpp_lite::TlsClient> credentials_for(const Request& request) {
    if (request.server_tls_cert().empty()) return nullptr;
    cpp_lite::TlsClientOptions tls;
    tls.roots.text = request.server_tls_cert();
    tls.identity.chain.text = request.client_tls_creds().cert();
    tls.identity.key.text = request.client_tls_creds().key();
    return cpp_lite::tls_client(std::move(tls));
  }
  static std::shared_ptr<cpp_lite::Channel> channel_for(const Request& request) {
    cpp_lite::ConnectOptions options;
    options.tls = credentials_for(request);
    options.insecure = options.tls == nullptr;
    options.max_receive_message = request.message_receive_limit();
    if (request.compression() == pb::COMPRESSION_GZIP) {
      options.compression = cpp_lite::Compression::gzip;
    }
    return cpp_lite::connect(request.host() + ":" + std::to_string(request.port()), options);
  }

  cpp_lite::Deadline deadline() const {
    return request_.has_timeout_ms() ? std::chrono::milliseconds(request_.timeout_ms())
                                     : cpp_lite::Deadline::never();
  }
  cpp_lite::CallOptions options() const { return {.metadata = metadata_}; }
  template <typename Message>
  Message message(int i) const {
    Message out;
    request_.request_messages(i).UnpackTo(&out);
    return out;
  }

  void finished(const cpp_lite::Status& status, const cpp_lite::Metadata& headers,
                const cpp_lite::Metadata& trailers) {
    if (!status.ok()) *result_.mutable_error() = from_status(status);
    from_metadata(headers, result_.mutable_response_headers());
    from_metadata(trailers, result_.mutable_response_trailers());
  }
  template <typename Reply>
  void finished(const Reply& reply) {
    if (reply) add_payload(*reply);
    finished(reply.status(), reply.headers(), reply.trailers());
  }

  void add_payload(const pb::UnimplementedResponse&) {}
  template <typename Response>
  void add_payload(const Response& response) {
    *result_.add_payloads() = response.payload();
  }
  bool told_to_cancel_after_close() const { return request_.cancel().has_after_close_send_ms(); }
  bool cancel_now_after_response() const {
    return request_.cancel().has_after_num_responses() &&
           request_.cancel().after_num_responses() ==
               static_cast<std::uint32_t>(result_.payloads_size());
  }

  // The overload with a deadline of one of the client's unary methods.
  template <typename Message, typename Response>
  using Unary = cpp_lite::Future<cpp_lite::Reply<Response>> (pb::ConformanceService::Client::*)(
      const Message&, cpp_lite::Deadline, cpp_lite::CallOptions);

  template <typename Message, typename Response>
  void unary(Unary<Message, Response> method) {
    pause(request_.request_delay_ms());
    const auto above = std::make_shared<Canceller>();
    const std::shared_ptr<cpp_lite::CallContext> parent = above;
    cpp_lite::CallOptions with_parent = options();
    with_parent.parent = parent;
    auto pending = (client_.*method)(message<Message>(0), deadline(), with_parent);
    if (told_to_cancel_after_close()) {
      pause(request_.cancel().after_close_send_ms());
      above->cancel();
    }
    finished(pending.get());
  }

  void server_stream() {
    pause(request_.request_delay_ms());
    auto stream = client_.ServerStream(message<pb::ServerStreamRequest>(0), deadline(), options());
    cancel_after_close(stream);
    read_all(stream);
    const cpp_lite::Status status = stream.finish().get();
    finished(status, stream.headers().get(), stream.trailers());
  }

  void client_stream() {
    auto stream = client_.ClientStream(deadline(), options());
    for (int i = 0; i < request_.request_messages_size(); ++i) {
      pause(request_.request_delay_ms());
      if (!stream.write(message<pb::ClientStreamRequest>(i)).get()) break;
    }
    if (request_.cancel().has_before_close_send()) stream.cancel();
    auto pending = stream.finish();  // half-closes
    cancel_after_close(stream);
    finished(pending.get());
  }

  void bidi_stream() {
    auto stream = client_.BidiStream(deadline(), options());
    const bool full_duplex = request_.stream_type() == pb::STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM;
    for (int i = 0; i < request_.request_messages_size(); ++i) {
      pause(request_.request_delay_ms());
      if (!stream.write(message<pb::BidiStreamRequest>(i)).get()) break;
      if (full_duplex && !read_one(stream)) break;
    }
    if (request_.cancel().has_before_close_send()) stream.cancel();
    static_cast<void>(stream.close_writes().get());
    cancel_after_close(stream);
    read_all(stream);
    const cpp_lite::Status status = stream.finish().get();
    finished(status, stream.headers().get(), stream.trailers());
  }

  template <typename Stream>
  void cancel_after_close(Stream& stream) {
    if (!told_to_cancel_after_close()) return;
    pause(request_.cancel().after_close_send_ms());
    stream.cancel();
  }
  template <typename Stream>
  bool read_one(Stream& stream) {
    auto response = stream.read().get();
    if (!response) return false;
    add_payload(*response);
    if (cancel_now_after_response()) stream.cancel();
    return true;
  }
  template <typename Stream>
  void read_all(Stream& stream) {
    while (read_one(stream)) {
    }
  }

  const Request& request_;
  const cpp_lite::Metadata metadata_;
  pb::ConformanceService::Client client_;
  Result result_;
};

pb::ClientCompatResponse answer(const Request& request) {
  pb::ClientCompatResponse response;
  response.set_test_name(request.test_name());
  if (auto result = CallUnderTest(request).run()) {
    *response.mutable_response() = std::move(*result);
  } else {
    response.mutable_error()->set_message("no such method: " + request.method());
  }
  return response;
}

// Takes requests until there are none; several threads do.
void work() {
  static std::mutex in, out;
  for (;;) {
    Request request;
    {
      const std::lock_guard lock(in);
      if (!read_message(stdin, request)) return;
    }
    const pb::ClientCompatResponse response = answer(request);
    const std::lock_guard lock(out);
    if (!write_message(stdout, response)) return;
  }
}

}  // namespace
}  // namespace conformance

int main() {
  std::vector<std::thread> workers;
  for (int i = 0; i < 8; ++i) workers.emplace_back(conformance::work);
  for (std::thread& worker : workers) worker.join();
}
