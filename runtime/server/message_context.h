// One message of a stream as if it were a unary call: what its handler sees.
#pragma once

#include <cpp_lite/handler.h>

#include <memory>
#include <span>
#include <string>
#include <utility>

namespace cpp_lite::server {

// Belongs to the stream's handler, whose context it borrows. The stream's headers and trailers are
// not the message's to set.
class MessageContext final : public ServerContext {
 public:
  MessageContext(ServerContext& stream, const Method& method, std::span<const std::uint8_t> request)
      : stream_(stream), method_(method), request_(request) {}

  const Method& method() const override { return method_; }
  const std::string& peer() const override { return stream_.peer(); }
  const Metadata& metadata() const override { return stream_.metadata(); }
  const std::string& principal() const override { return stream_.principal(); }
  void set_principal(std::string) override {}
  const PeerCertificate* certificate() const override { return stream_.certificate(); }
  int attempt() const override { return stream_.attempt(); }
  SteadyTime deadline() const override { return stream_.deadline(); }
  std::chrono::nanoseconds remaining() const override { return stream_.remaining(); }
  std::shared_ptr<CallContext> handle() const override { return stream_.handle(); }
  bool set_header(std::string_view, std::string_view) override { return false; }
  bool set_trailer(std::string_view, std::string_view) override { return false; }
  Future<bool> send_headers() override { return false; }
  void set_compression(Compression) override {}
  std::span<const std::uint8_t> request_bytes() const override { return request_; }
  std::span<const std::uint8_t> response_bytes() const override { return {}; }
  Status answer(std::span<const std::uint8_t>, Status status) override { return status; }

 private:
  ServerContext& stream_;
  const Method& method_;
  const std::span<const std::uint8_t> request_;
};

}  // namespace cpp_lite::server
