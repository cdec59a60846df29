// The server of the gRPC interop tests (grpc/grpc doc/interop-test-descriptions.md), and of ours
// (peer.py): cpp_lite_interop_server --port=N
//   [--max_receive_message=BYTES] [--use_tls --tls_cert_file=FILE --tls_key_file=FILE]
#include <cpp_lite/async.h>
#include <cpp_lite/server.h>
#include <cpp_lite/tls.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include "flags.h"
#include "grpc/testing/test.lite.h"

namespace interop {
namespace {

namespace pb = ::grpc::testing;
using cpp_lite::Future;
using cpp_lite::Reader;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using cpp_lite::Writer;

// What every call does first: gives metadata back, as the tests want it.
void echo_metadata(ServerContext& context) {
  for (const auto& [key, value] : context.metadata()) {
    if (key == "x-grpc-test-echo-initial" || key.starts_with("x-test-echo-")) {
      context.set_header(key, value);
    }
    if (key == "x-grpc-test-echo-trailing-bin" || key.starts_with("x-test-trail-")) {
      context.set_trailer(key, value);
    }
  }
}

std::chrono::milliseconds delay_of(ServerContext& context) {
  const auto wanted = context.metadata().get("x-test-delay-ms");
  return std::chrono::milliseconds(wanted ? std::stol(std::string(*wanted)) : 0);
}

template <typename Request>
Status echo_status(const Request& request) {
  const pb::EchoStatus& wanted = request.response_status();
  if (wanted.code() == 0) return Status();
  Status status(static_cast<cpp_lite::Code>(wanted.code()), wanted.message());
  return status.add_detail(wanted);
}

// What the client_compressed cases probe: is it noticed how a message came?
template <typename Request>
Status check_compressed(ServerContext& context, const Request& request) {
  if (!request.expect_compressed().value() || context.request_compressed()) return Status();
  return Status(cpp_lite::Code::invalid_argument, "the request was to be compressed");
}

void compress(ServerContext& context, const pb::BoolValue& wanted) {
  context.set_compression(wanted.value() ? cpp_lite::Compression::gzip
                                         : cpp_lite::Compression::none);
}

class TestService final : public pb::TestService::Handler {
 public:
  explicit TestService(cpp_lite::Server& server) : server_(server) {}

  Future<Result<pb::Empty>> EmptyCall(ServerContext& context, pb::Empty) override {
    echo_metadata(context);
    if (context.metadata().contains("x-test-report")) report(context);
    return pb::Empty();
  }

  Future<Result<pb::SimpleResponse>> UnaryCall(ServerContext& context,
                                               pb::SimpleRequest request) override {
    echo_metadata(context);
    if (Status wanted = echo_status(request); !wanted.ok()) co_return wanted;
    if (Status bad = check_compressed(context, request); !bad.ok()) co_return bad;
    if (request.has_response_compressed()) compress(context, request.response_compressed());
    if (!co_await nap(context, delay_of(context))) co_return left();
    pb::SimpleResponse response;
    if (request.response_size() > 0) {
      response.mutable_payload()->set_body(std::string(size(request.response_size()), '\0'));
    }
    co_return response;
  }

  Future<Status> StreamingOutputCall(ServerContext& context, pb::StreamingOutputCallRequest request,
                                     Writer<pb::StreamingOutputCallResponse>& out) override {
    echo_metadata(context);
    co_return co_await respond(context, request, out);
  }

  Future<Result<pb::StreamingInputCallResponse>> StreamingInputCall(
      ServerContext& context, Reader<pb::StreamingInputCallRequest>& in) override {
    echo_metadata(context);
    std::size_t total = 0;
    while (auto request = co_await in.read()) {
      if (Status bad = check_compressed(context, *request); !bad.ok()) co_return bad;
      total += request->payload().body().size();
    }
    pb::StreamingInputCallResponse response;
    response.set_aggregated_payload_size(static_cast<int>(total));
    co_return response;
  }

  Future<Status> FullDuplexCall(ServerContext& context, Reader<pb::StreamingOutputCallRequest>& in,
                                Writer<pb::StreamingOutputCallResponse>& out) override {
    echo_metadata(context);
    while (auto request = co_await in.read()) {
      if (Status wanted = echo_status(*request); !wanted.ok()) co_return wanted;
      if (Status sent = co_await respond(context, *request, out); !sent.ok()) co_return sent;
    }
    co_return Status();
  }

 private:
  static std::size_t size(int wanted) { return static_cast<std::size_t>(std::max(0, wanted)); }
  static Status left() { return Status(cpp_lite::Code::cancelled, "the client left"); }

  void report(ServerContext& context) const {
    using Milliseconds = std::chrono::duration<std::int64_t, std::milli>;
    const bool bounded = context.deadline() != cpp_lite::SteadyTime::max();
    const auto remaining = std::chrono::duration_cast<Milliseconds>(context.remaining()).count();
    context.set_header("x-test-timeout-ms", std::to_string(bounded ? remaining : -1));
    context.set_header("x-test-delayed", std::to_string(delayed_));
    context.set_header("x-test-cancelled", std::to_string(cancelled_));
  }

  // False: the call ended before the time was over.
  Future<bool> nap(ServerContext& context, std::chrono::microseconds time) {
    if (time.count() <= 0) co_return true;
    ++delayed_;
    co_await cpp_lite::when_any(cpp_lite::sleep(server_.loop(0), time), context.cancelled().wait());
    if (!context.cancelled()) co_return true;
    ++cancelled_;
    co_return false;
  }

  Future<Status> respond(ServerContext& context, pb::StreamingOutputCallRequest request,
                         Writer<pb::StreamingOutputCallResponse>& out) {
    for (const pb::ResponseParameters& wanted : request.response_parameters()) {
      const std::chrono::microseconds interval(wanted.interval_us());
      if (!co_await nap(context, interval)) co_return left();
      if (wanted.has_compressed()) compress(context, wanted.compressed());
      pb::StreamingOutputCallResponse response;
      response.mutable_payload()->set_body(std::string(size(wanted.size()), '\0'));
      if (!co_await out.write(response)) co_return left();
    }
    co_return Status();
  }

  // The server has one loop, and its handlers run there.
  cpp_lite::Server& server_;
  int delayed_ = 0;    // calls that waited
  int cancelled_ = 0;  // calls that ended while they waited
};

cpp_lite::ListenOptions options_of(const Flags& flags) {
  if (flags.get("use_tls") != "true") return {};
  return {.tls = cpp_lite::tls_server(
              {.certificates = {{.chain = {.file = flags.get("tls_cert_file")},
                                 .key = {.file = flags.get("tls_key_file")}}}})};
}

int serve(const Flags& flags) {
  cpp_lite::ServerOptions options;
  options.max_receive_message = std::stoul(flags.get("max_receive_message", "4194304"));
  cpp_lite::Server server(std::move(options));
  TestService service(server);
  server.add(service).stop_on(SIGTERM, SIGINT);
  const std::string address = "127.0.0.1:" + flags.get("port", "10000");
  if (Status status = server.listen(address, options_of(flags)); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.to_string().c_str());
    return 1;
  }
  std::printf("listening on 127.0.0.1:%d\n", server.port());
  std::fflush(stdout);
  server.run();
  return 0;
}

}  // namespace
}  // namespace interop

int main(int argc, char** argv) { return interop::serve(interop::Flags(argc, argv)); }
