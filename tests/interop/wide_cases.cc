// Cases beyond the common ones, against the Python server beside this file (peer.py tells what such
// a server does): what two implementations have to agree on, and what limits them.
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "cases.h"

namespace interop {
namespace {

using namespace std::chrono_literals;
using cpp_lite::CallOptions;
using cpp_lite::Compression;
using cpp_lite::Metadata;

constexpr int kMiB = 1 << 20;
// The body that makes a SimpleRequest, or its response, as large as both sides accept by default.
constexpr int kLargestBody = 4 * kMiB - 10;

pb::SimpleRequest request_of(int body, int response) {
  pb::SimpleRequest request;
  request.set_response_size(response);
  if (body > 0) {
    request.mutable_payload()->set_body(std::string(static_cast<std::size_t>(body), '\0'));
  }
  return request;
}

// What the server tells about itself.
long reported(Client& client, const std::string& what, cpp_lite::Deadline deadline = kPatience) {
  const auto reply = client.EmptyCall({}, deadline, {.metadata = {{"x-test-report", "1"}}}).get();
  check_ok(reply.status());
  const auto value = reply.headers().get("x-test-" + what);
  check(value.has_value(), "the server does not report " + what);
  return std::stol(std::string(*value));
}

// Bounded waiting for what the server notices in its own time.
void check_one_more_cancelled(Client& client, long before) {
  for (int i = 0; i < 500 && reported(client, "cancelled") == before; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  check(reported(client, "cancelled") == before + 1, "the handler did not hear of the end");
}

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

Metadata metadata_of_all_sorts() {
  Metadata metadata = {{"x-test-echo-text", "!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~ 09 azAZ"},
                       {"x-test-echo-twice", "first"},
                       {"x-test-echo-twice", "second"},
                       {"x-test-echo-all-bin", all_bytes()},
                       {"x-test-trail-text", "the end"},
                       {"x-test-trail-all-bin", all_bytes()}};
  // Every length modulo three, because base64 works on groups of that many.
  for (const std::size_t length : {1U, 2U, 3U, 4U}) {
    metadata.add("x-test-echo-some-bin", std::string(length, '\xff'));
    metadata.add("x-test-trail-some-bin", std::string(length, '\0'));
  }
  return metadata;
}

void check_came_back(const Metadata& sent, const Metadata& received, std::string_view prefix) {
  for (const auto& [key, value] : sent) {
    if (!key.starts_with(prefix)) continue;
    check(received.get_all(key) == sent.get_all(key), key + " came back changed");
  }
}

void metadata(const Channel& channel) {
  Client client(channel);
  const Metadata sent = metadata_of_all_sorts();
  const auto reply = client.UnaryCall(request_of(0, 1), kPatience, {.metadata = sent}).get();
  check_ok(reply.status());
  check_came_back(sent, reply.headers(), "x-test-echo-");
  check_came_back(sent, reply.trailers(), "x-test-trail-");

  auto stream = client.FullDuplexCall(kPatience, {.metadata = sent});
  check_ok(stream.finish().get());
  check_came_back(sent, stream.headers().get(), "x-test-echo-");
  check_came_back(sent, stream.trailers(), "x-test-trail-");
}

// The servers give the wanted status back as a detail.
void check_details(const Status& status) {
  check(status == Status(Code::failed_precondition, "not \u2603 yet"), "got " + status.to_string());
  const auto details = status.details<pb::EchoStatus>();
  check(details.size() == 1, "expected one detail");
  check(details[0].code() == 9 && details[0].message() == "not \u2603 yet", "the detail is wrong");
}

void status_details(const Channel& channel) {
  Client client(channel);
  pb::SimpleRequest request;
  request.mutable_response_status()->set_code(9);
  request.mutable_response_status()->set_message("not \u2603 yet");
  check_details(client.UnaryCall(request, kPatience).get().status());

  pb::StreamingOutputCallRequest message;
  *message.mutable_response_status() = request.response_status();
  auto stream = client.FullDuplexCall(kPatience);
  check(stream.write(message).get(), "a write failed");
  check_details(stream.finish().get());
}

void deadline_reaches_server(const Channel& channel) {
  Client client(channel);
  const long milliseconds = reported(client, "timeout-ms", 20s);
  check(milliseconds > 10'000 && milliseconds <= 20'000,
        "the server has " + std::to_string(milliseconds) + " ms");
  check(reported(client, "timeout-ms", cpp_lite::Deadline::never()) == -1,
        "a deadline from nowhere");
}

// One response now, another one when nobody waits for it any more.
pb::StreamingOutputCallRequest slow_rows() {
  pb::StreamingOutputCallRequest request;
  request.add_response_parameters()->set_size(10);
  auto* late = request.add_response_parameters();
  late->set_size(10);
  late->set_interval_us(60'000'000);
  return request;
}

void deadline_on_unary(const Channel& channel) {
  Client client(channel);
  const long before = reported(client, "cancelled");
  const CallOptions slow{.metadata = {{"x-test-delay-ms", "60000"}}};
  check_code(Code::deadline_exceeded, client.UnaryCall({}, 300ms, slow).get().status());
  check_one_more_cancelled(client, before);
}

void deadline_on_stream(const Channel& channel) {
  Client client(channel);
  const long before = reported(client, "cancelled");
  auto rows = client.StreamingOutputCall(slow_rows(), 2s);
  check(rows.read().get().has_value(), "no response in time");
  check(!rows.read().get().has_value(), "a response after the deadline");
  check_code(Code::deadline_exceeded, rows.finish().get());
  check_one_more_cancelled(client, before);
}

void cancel_unary(const Channel& channel) {
  Client client(channel);
  const long before = reported(client, "cancelled");
  const long begun = reported(client, "delayed");
  {
    const CallOptions slow{.metadata = {{"x-test-delay-ms", "60000"}}};
    const auto dropped = client.UnaryCall({}, kPatience, slow);
    for (int i = 0; i < 500 && reported(client, "delayed") == begun; ++i) {
      std::this_thread::sleep_for(10ms);
    }
  }
  check_one_more_cancelled(client, before);
}

void cancel_stream(const Channel& channel) {
  Client client(channel);
  const long before = reported(client, "cancelled");
  auto rows = client.StreamingOutputCall(slow_rows(), kPatience);
  check(rows.read().get().has_value(), "no response");
  rows.cancel();
  check_code(Code::cancelled, rows.finish().get());
  check_one_more_cancelled(client, before);
}

// How many bytes went through the relay in front of the server, in either direction.
struct Traffic {
  explicit Traffic(Client& client)
      : sent(reported(client, "wire-received")), received(reported(client, "wire-sent")) {}
  long sent, received;
};

// A mebibyte of zeros each way: a few kilobytes when compressed.
void check_traffic(Client& client, bool compressed, const std::function<void()>& exchange) {
  const Traffic before(client);
  exchange();
  const Traffic after(client);
  const auto is_small = [](long bytes) { return bytes < kMiB / 10; };
  check(is_small(after.sent - before.sent) == compressed,
        std::to_string(after.sent - before.sent) + " bytes of requests");
  check(is_small(after.received - before.received) == compressed,
        std::to_string(after.received - before.received) + " bytes of responses");
}

void gzip_unary(const Channel& channel) {
  Client client(channel);
  for (const bool compressed : {true, false}) {
    check_traffic(client, compressed, [&] {
      pb::SimpleRequest request = request_of(kMiB, kMiB);
      request.mutable_response_compressed()->set_value(compressed);
      const CallOptions options{.compression = compressed ? Compression::gzip : Compression::none};
      const auto reply = client.UnaryCall(request, kPatience, options).get();
      check_ok(reply.status());
      check(reply->payload().body() == request.payload().body(), "the response is damaged");
    });
  }
}

void gzip_streaming(const Channel& channel) {
  Client client(channel);
  check_traffic(client, true, [&] {
    auto stream = client.FullDuplexCall(kPatience, {.compression = Compression::gzip});
    for (int i = 0; i < 16; ++i) {
      pb::StreamingOutputCallRequest request;
      request.mutable_payload()->set_body(std::string(kMiB / 16, '\0'));
      auto* wanted = request.add_response_parameters();
      wanted->set_size(kMiB / 16);
      wanted->mutable_compressed()->set_value(true);
      check(stream.write(request).get(), "a write failed");
      const auto response = stream.read().get();
      check(response && response->payload().body() == request.payload().body(), "no such response");
    }
    check_ok(stream.finish().get());
  });
}

void limit_reached(const Channel& channel) {
  Client client(channel);
  const pb::SimpleRequest request = request_of(kLargestBody, 0);
  check(request.ByteSizeLong() == 4 * kMiB, "the test has the wrong size");
  check_ok(client.UnaryCall(request, kPatience).get().status());
  const auto reply = client.UnaryCall(request_of(0, kLargestBody), kPatience).get();
  check_ok(reply.status());
  check(reply->ByteSizeLong() == 4 * kMiB, "the response has the wrong size");
}

// Neither may the one fail for the other's reason, nor the connection be worse for it.
void check_too_large(Client& client, cpp_lite::Origin judge, const pb::SimpleRequest& request,
                     const CallOptions& options = {}) {
  const Status status = client.UnaryCall(request, kPatience, options).get().status();
  check_code(Code::resource_exhausted, status);
  check(status.origin() == judge, "the wrong side refused: " + status.to_string());
  check_ok(client.EmptyCall({}, kPatience).get().status());
}

void limit_exceeded(const Channel& channel) {
  Client client(channel);
  check_too_large(client, cpp_lite::Origin::peer, request_of(kLargestBody + 1, 0));
  check_too_large(client, cpp_lite::Origin::local, request_of(0, kLargestBody + 1));
}

// What is small on the wire may be large.
void gzip_limit_exceeded(const Channel& channel) {
  Client client(channel);
  check_too_large(client, cpp_lite::Origin::peer, request_of(5 * kMiB, 0),
                  {.compression = Compression::gzip});
  pb::SimpleRequest request = request_of(0, 5 * kMiB);
  request.mutable_response_compressed()->set_value(true);
  check_too_large(client, cpp_lite::Origin::local, request);
}

}  // namespace

std::map<std::string, Case> wide_cases() {
  return {{"metadata", metadata},
          {"status_details", status_details},
          {"deadline_reaches_server", deadline_reaches_server},
          {"deadline_on_unary", deadline_on_unary},
          {"deadline_on_stream", deadline_on_stream},
          {"cancel_unary", cancel_unary},
          {"cancel_stream", cancel_stream},
          {"gzip_unary", gzip_unary},
          {"gzip_streaming", gzip_streaming},
          {"limit_reached", limit_reached},
          {"limit_exceeded", limit_exceeded},
          {"gzip_limit_exceeded", gzip_limit_exceeded}};
}

}  // namespace interop
