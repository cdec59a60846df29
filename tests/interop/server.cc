// The server of the gRPC interop tests (grpc/grpc doc/interop-test-descriptions.md):
// cpp_lite_interop_server --port=N
#include <cpp_lite/async.h>
#include <cpp_lite/server.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

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

// What every call does first: gives the metadata back that the tests look for.
void echo_metadata(ServerContext& context) {
  constexpr std::string_view kInitial = "x-grpc-test-echo-initial";
  constexpr std::string_view kTrailing = "x-grpc-test-echo-trailing-bin";
  if (auto value = context.metadata().get(kInitial)) context.set_header(kInitial, *value);
  if (auto value = context.metadata().get(kTrailing)) context.set_trailer(kTrailing, *value);
}

template <typename Request>
Status echo_status(const Request& request) {
  const pb::EchoStatus& wanted = request.response_status();
  if (wanted.code() == 0) return Status();
  return Status(static_cast<cpp_lite::Code>(wanted.code()), wanted.message());
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
    return pb::Empty();
  }

  Future<Result<pb::SimpleResponse>> UnaryCall(ServerContext& context,
                                               pb::SimpleRequest request) override {
    echo_metadata(context);
    if (Status wanted = echo_status(request); !wanted.ok()) return wanted;
    if (request.has_response_compressed()) compress(context, request.response_compressed());
    pb::SimpleResponse response;
    response.mutable_payload()->set_body(std::string(size(request.response_size()), '\0'));
    return response;
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
    while (auto request = co_await in.read()) total += request->payload().body().size();
    pb::StreamingInputCallResponse response;
    response.set_aggregated_payload_size(static_cast<int>(total));
    co_return response;
  }

  Future<Status> FullDuplexCall(ServerContext& context,
                                Reader<pb::StreamingOutputCallRequest>& in,
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

  Future<Status> respond(ServerContext& context, pb::StreamingOutputCallRequest request,
                         Writer<pb::StreamingOutputCallResponse>& out) {
    for (const pb::ResponseParameters& wanted : request.response_parameters()) {
      if (wanted.interval_us() > 0) {
        co_await cpp_lite::sleep(server_.loop(0), std::chrono::microseconds(wanted.interval_us()));
      }
      if (wanted.has_compressed()) compress(context, wanted.compressed());
      pb::StreamingOutputCallResponse response;
      response.mutable_payload()->set_body(std::string(size(wanted.size()), '\0'));
      if (!co_await out.write(response)) {
        co_return Status(cpp_lite::Code::cancelled, "the client left");
      }
    }
    co_return Status();
  }

  cpp_lite::Server& server_;
};

int serve(const Flags& flags) {
  cpp_lite::Server server;
  TestService service(server);
  server.add(service).stop_on(SIGTERM, SIGINT);
  const std::string address = "127.0.0.1:" + flags.get("port", "10000");
  if (Status status = server.listen(address); !status.ok()) {
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
