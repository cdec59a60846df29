// The server that the conformance suite tests: ConformanceService, as its service.proto describes.
#include <cpp_lite/async.h>
#include <cpp_lite/server.h>
#include <cpp_lite/tls.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <utility>
#include <vector>

#include "adapter_io.h"
#include "connectrpc/conformance/v1/server_compat.pb.h"
#include "connectrpc/conformance/v1/service.lite.h"
#include "convert.h"

namespace conformance {
namespace {

using cpp_lite::Future;
using cpp_lite::Reader;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using cpp_lite::Writer;
using Info = pb::ConformancePayload::RequestInfo;

class Handler final : public pb::ConformanceService::Handler {
 public:
  explicit Handler(cpp_lite::Server& server) : server_(server) {}

  Future<Result<pb::UnaryResponse>> Unary(ServerContext& context,
                                          pb::UnaryRequest request) override {
    Info info = info_of(context);
    info.add_requests()->PackFrom(request);
    return answer_once<pb::UnaryResponse>(context, request.response_definition(), std::move(info));
  }
  Future<Result<pb::IdempotentUnaryResponse>> IdempotentUnary(
      ServerContext& context, pb::IdempotentUnaryRequest request) override {
    Info info = info_of(context);
    info.add_requests()->PackFrom(request);
    return answer_once<pb::IdempotentUnaryResponse>(context, request.response_definition(),
                                                    std::move(info));
  }

  Future<Result<pb::ClientStreamResponse>> ClientStream(
      ServerContext& context, Reader<pb::ClientStreamRequest>& in) override {
    Info info = info_of(context);
    pb::UnaryResponseDefinition definition;
    while (auto request = co_await in.read()) {
      if (info.requests().empty()) definition = request->response_definition();
      info.add_requests()->PackFrom(*request);
    }
    co_return co_await answer_once<pb::ClientStreamResponse>(context, definition, std::move(info));
  }

  Future<Status> ServerStream(ServerContext& context, pb::ServerStreamRequest request,
                              Writer<pb::ServerStreamResponse>& out) override {
    Info info = info_of(context);
    info.add_requests()->PackFrom(request);
    const bool defined = request.has_response_definition();
    Script<pb::ServerStreamResponse> script{request.response_definition(), std::move(info)};
    if (defined) co_await begin(context, script.definition);
    while (co_await write_next(script, out)) {
    }
    co_return script.status();
  }

  Future<Status> BidiStream(ServerContext& context, Reader<pb::BidiStreamRequest>& in,
                            Writer<pb::BidiStreamResponse>& out) override {
    Script<pb::BidiStreamResponse> script{{}, info_of(context)};
    bool first = true, full_duplex = false;
    while (auto request = co_await in.read()) {
      if (std::exchange(first, false)) {
        script.definition = request->response_definition();
        full_duplex = request->full_duplex();
        if (request->has_response_definition()) co_await begin(context, script.definition);
      }
      script.info.add_requests()->PackFrom(*request);
      if (full_duplex && !co_await write_next(script, out)) break;
      if (full_duplex) script.info.Clear();
      script.each_tells = full_duplex;
    }
    script.each_tells = false;
    while (co_await write_next(script, out)) {
    }
    co_return script.status();
  }

 private:
  // The responses of a stream, and how far they have come.
  template <typename Response>
  struct Script {
    pb::StreamResponseDefinition definition;
    Info info;
    int sent = 0;
    bool each_tells = false;  // every response has request info, not the first alone

    Status status() {
      if (!definition.has_error()) return Status();
      if (sent == 0) definition.mutable_error()->add_details()->PackFrom(info);
      return to_status(definition.error());
    }
  };

  static Info info_of(ServerContext& context) {
    Info info;
    from_metadata(context.metadata(), info.mutable_request_headers());
    if (context.deadline() != cpp_lite::SteadyTime::max()) {
      info.set_timeout_ms(
          std::chrono::duration_cast<std::chrono::milliseconds>(context.remaining()).count());
    }
    return info;
  }

  template <typename Definition>
  static Future<bool> begin(ServerContext& context, const Definition& definition) {
    for (const auto& [name, value] : to_metadata(definition.response_headers())) {
      context.set_header(name, value);
    }
    for (const auto& [name, value] : to_metadata(definition.response_trailers())) {
      context.set_trailer(name, value);
    }
    return context.send_headers();
  }

  Future<void> pause(std::uint32_t milliseconds) {
    if (milliseconds > 0) {
      co_await cpp_lite::sleep(server_.loop(0), std::chrono::milliseconds(milliseconds));
    }
  }

  template <typename Response>
  Future<Result<Response>> answer_once(ServerContext& context,
                                       pb::UnaryResponseDefinition definition, Info info) {
    co_await begin(context, definition);
    co_await pause(definition.response_delay_ms());
    if (definition.has_error()) {
      definition.mutable_error()->add_details()->PackFrom(info);
      co_return to_status(definition.error());
    }
    Response response;
    *response.mutable_payload()->mutable_request_info() = std::move(info);
    response.mutable_payload()->set_data(definition.response_data());
    co_return response;
  }

  // False when there is no further response, or nobody to read it.
  template <typename Response>
  Future<bool> write_next(Script<Response>& script, Writer<Response>& out) {
    if (script.sent == script.definition.response_data_size()) co_return false;
    co_await pause(script.definition.response_delay_ms());
    Response response;
    response.mutable_payload()->set_data(script.definition.response_data(script.sent));
    if (script.sent == 0 || script.each_tells) {
      *response.mutable_payload()->mutable_request_info() = script.info;
    }
    ++script.sent;
    co_return co_await out.write(response);
  }

  cpp_lite::Server& server_;
};

cpp_lite::ListenOptions listen_options(const pb::ServerCompatRequest& request) {
  if (!request.use_tls()) return {};
  cpp_lite::TlsServerOptions tls;
  tls.certificates = {{.chain = {.text = request.server_creds().cert()},
                       .key = {.text = request.server_creds().key()}}};
  if (!request.client_tls_cert().empty()) {
    tls.client_certificates = cpp_lite::ClientCertificates::required;
    tls.client_roots.text = request.client_tls_cert();
  }
  return {.tls = cpp_lite::tls_server(std::move(tls))};
}

int serve() {
  pb::ServerCompatRequest request;
  if (!read_message(stdin, request)) return 1;
  cpp_lite::ServerOptions options;
  options.max_receive_message = request.message_receive_limit();
  options.compression = cpp_lite::Compression::gzip;
  options.default_deadline = cpp_lite::kUnbounded;
  options.max_deadline = cpp_lite::kUnbounded;
  cpp_lite::Server server(options);
  Handler handler(server);
  server.add(handler);
  server.stop_on(SIGTERM, SIGINT);
  if (Status status = server.listen("127.0.0.1:0", listen_options(request)); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.to_string().c_str());
    return 1;
  }
  pb::ServerCompatResponse response;
  response.set_host("127.0.0.1");
  if (request.use_tls()) response.set_pem_cert(request.server_creds().cert());
  response.set_port(static_cast<std::uint32_t>(server.port()));
  if (!write_message(stdout, response)) return 1;
  server.run();
  return 0;
}

}  // namespace
}  // namespace conformance

int main() { return conformance::serve(); }
