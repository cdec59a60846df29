// The cases that every gRPC implementation has (grpc/grpc doc/interop-test-descriptions.md).
#include <array>
#include <chrono>
#include <string>

#include "cases.h"

namespace interop {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::size_t, 4> kRequestSizes = {27182, 8, 1828, 45904};
constexpr std::array<int, 4> kResponseSizes = {31415, 9, 2653, 58979};
constexpr const char* kInitialKey = "x-grpc-test-echo-initial";
constexpr const char* kInitialValue = "test_initial_metadata_value";
constexpr const char* kTrailingKey = "x-grpc-test-echo-trailing-bin";
constexpr const char* kTrailingValue = "\xab\xab\xab";

pb::SimpleRequest large_request() {
  pb::SimpleRequest request;
  request.set_response_size(314159);
  request.mutable_payload()->set_body(std::string(271828, '\0'));
  return request;
}
pb::StreamingOutputCallRequest output_request(std::size_t payload, int wanted) {
  pb::StreamingOutputCallRequest request;
  request.add_response_parameters()->set_size(wanted);
  request.mutable_payload()->set_body(std::string(payload, '\0'));
  return request;
}
cpp_lite::CallOptions with_echo_metadata() {
  return {.metadata = {{kInitialKey, kInitialValue}, {kTrailingKey, kTrailingValue}}};
}
void check_echoed(const cpp_lite::Metadata& headers, const cpp_lite::Metadata& trailers) {
  check(headers.get(kInitialKey) == kInitialValue, "the initial metadata did not come back");
  check(trailers.get(kTrailingKey) == kTrailingValue, "the trailing metadata did not come back");
}

void empty_unary(const Channel& channel) {
  Client client(channel);
  check_ok(client.EmptyCall({}, kPatience).get().status());
}

void large_unary(const Channel& channel) {
  Client client(channel);
  const auto reply = client.UnaryCall(large_request(), kPatience).get();
  check_ok(reply.status());
  check(reply->payload().body().size() == 314159, "the response has the wrong size");
}

void client_streaming(const Channel& channel) {
  Client client(channel);
  auto stream = client.StreamingInputCall(kPatience);
  for (const std::size_t size : kRequestSizes) {
    pb::StreamingInputCallRequest request;
    request.mutable_payload()->set_body(std::string(size, '\0'));
    check(stream.write(request).get(), "a write failed");
  }
  const auto reply = stream.finish().get();
  check_ok(reply.status());
  check(reply->aggregated_payload_size() == 74922, "the aggregate is wrong");
}

void server_streaming(const Channel& channel) {
  Client client(channel);
  pb::StreamingOutputCallRequest request;
  for (const int size : kResponseSizes) request.add_response_parameters()->set_size(size);
  auto stream = client.StreamingOutputCall(request, kPatience);
  std::size_t i = 0;
  while (auto response = stream.read().get()) {
    check(i < kResponseSizes.size(), "too many responses");
    check(static_cast<int>(response->payload().body().size()) == kResponseSizes[i++],
          "a response has the wrong size");
  }
  check_ok(stream.finish().get());
  check(i == kResponseSizes.size(), "too few responses");
}

void ping_pong(const Channel& channel) {
  Client client(channel);
  auto stream = client.FullDuplexCall(kPatience);
  for (std::size_t i = 0; i < kRequestSizes.size(); ++i) {
    check(stream.write(output_request(kRequestSizes[i], kResponseSizes[i])).get(),
          "a write failed");
    const auto response = stream.read().get();
    check(response && static_cast<int>(response->payload().body().size()) == kResponseSizes[i],
          "a response is missing or has the wrong size");
  }
  static_cast<void>(stream.close_writes().get());
  check(!stream.read().get(), "a response too many");
  check_ok(stream.finish().get());
}

void empty_stream(const Channel& channel) {
  Client client(channel);
  auto stream = client.FullDuplexCall(kPatience);
  static_cast<void>(stream.close_writes().get());
  check(!stream.read().get(), "a response that nobody asked for");
  check_ok(stream.finish().get());
}

void custom_metadata(const Channel& channel) {
  Client client(channel);
  const auto reply = client.UnaryCall(large_request(), kPatience, with_echo_metadata()).get();
  check_ok(reply.status());
  check_echoed(reply.headers(), reply.trailers());

  auto stream = client.FullDuplexCall(kPatience, with_echo_metadata());
  check(stream.write(output_request(271828, 314159)).get(), "a write failed");
  check(stream.read().get().has_value(), "no response");
  check_ok(stream.finish().get());
  check_echoed(stream.headers().get(), stream.trailers());
}

void check_status(Client& client, const std::string& message) {
  pb::SimpleRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message(message);
  const Status unary = client.UnaryCall(request, kPatience).get().status();
  check(unary == Status(Code::unknown, message), "got " + unary.to_string());
}

void status_code_and_message(const Channel& channel) {
  Client client(channel);
  const std::string message = "test status message";
  check_status(client, message);
  pb::StreamingOutputCallRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message(message);
  auto stream = client.FullDuplexCall(kPatience);
  check(stream.write(request).get(), "a write failed");
  static_cast<void>(stream.close_writes().get());
  const Status duplex = stream.finish().get();
  check(duplex == Status(Code::unknown, message), "got " + duplex.to_string());
}

void special_status_message(const Channel& channel) {
  Client client(channel);
  check_status(client,
               "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001F608\t\n");
}

void unimplemented_method(const Channel& channel) {
  Client client(channel);
  check_code(Code::unimplemented, client.UnimplementedCall({}, kPatience).get().status());
}

void unimplemented_service(const Channel& channel) {
  pb::UnimplementedService::Client client(channel);
  check_code(Code::unimplemented, client.UnimplementedCall({}, kPatience).get().status());
}

void cancel_after_begin(const Channel& channel) {
  Client client(channel);
  auto stream = client.StreamingInputCall(kPatience);
  stream.cancel();
  check_code(Code::cancelled, stream.finish().get().status());
}

void cancel_after_first_response(const Channel& channel) {
  Client client(channel);
  auto stream = client.FullDuplexCall(kPatience);
  check(stream.write(output_request(27182, 31415)).get(), "a write failed");
  check(stream.read().get().has_value(), "no response");
  stream.cancel();
  check_code(Code::cancelled, stream.finish().get());
}

void timeout_on_sleeping_server(const Channel& channel) {
  Client client(channel);
  auto stream = client.FullDuplexCall(1ms);
  pb::StreamingOutputCallRequest request;
  request.mutable_payload()->set_body(std::string(27182, '\0'));
  static_cast<void>(stream.write(request).get());  // the deadline may be faster
  // Not finish() alone, which closes the writing side, so that a fast server answers OK.
  check(!stream.read().get().has_value(), "a response");
  check_code(Code::deadline_exceeded, stream.finish().get());
}

}  // namespace

std::map<std::string, Case> core_cases() {
  return {{"empty_unary", empty_unary},
          {"large_unary", large_unary},
          {"client_streaming", client_streaming},
          {"server_streaming", server_streaming},
          {"ping_pong", ping_pong},
          {"empty_stream", empty_stream},
          {"custom_metadata", custom_metadata},
          {"status_code_and_message", status_code_and_message},
          {"special_status_message", special_status_message},
          {"unimplemented_method", unimplemented_method},
          {"unimplemented_service", unimplemented_service},
          {"cancel_after_begin", cancel_after_begin},
          {"cancel_after_first_response", cancel_after_first_response},
          {"timeout_on_sleeping_server", timeout_on_sleeping_server}};
}

}  // namespace interop
