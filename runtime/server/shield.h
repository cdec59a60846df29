// The context that the handler of a keyed call runs in: it outlives the caller's interest
// (docs/rules.md D14).
#pragma once

#include <cpp_lite/handler.h>
#include <cpp_lite/keyed_server.h>

#include <memory>
#include <string>
#include <utility>

#include "server/cancel.h"

namespace cpp_lite::server {

// Belongs to the handler's executor, but for its timer, which is the loop's, and for cancel() and
// handle(), which are thread-safe. Held by the execution, and by the loop while the timer runs.
class Shield final : public ServerContext,
                     public KeyedHandler,
                     public detail::ServedCall,
                     public std::enable_shared_from_this<Shield> {
 public:
  // `caller` must outlive the handler; `execution`, too. `whole_call`: it is no message of a
  // stream, so metadata of its own goes out with its answer.
  Shield(ServerContext& caller, bool whole_call, std::shared_ptr<Loop> loop,
         KeyedExecution& execution, SteadyTime until);

  // From now on the handler is cancelled at `until`.
  void arm();
  void disarm();
  // No shield at all: the handler is cancelled with its caller.
  void end_with(CallContext& caller);
  // The server ends, or another execution has the key.
  void cancel() override { token_.cancel(); }
  bool cut_short() const { return token_.cancelled(); }
  Bytes take_response();  // without prefix
  // What the handler has set: it goes out with its own answer, and with no other.
  Metadata& headers() { return headers_; }
  Metadata& trailers() { return trailers_; }
  const Status& failure() const { return failure_; }

  // ServerContext.
  const Method& method() const override { return caller_.method(); }
  const std::string& peer() const override { return caller_.peer(); }
  const Metadata& metadata() const override { return caller_.metadata(); }
  const std::string& principal() const override { return caller_.principal(); }
  void set_principal(std::string principal) override;
  const PeerCertificate* certificate() const override { return caller_.certificate(); }
  int attempt() const override { return caller_.attempt(); }
  KeyedExecution& idempotency() override { return execution_; }
  SteadyTime deadline() const override { return token_.deadline(); }
  std::chrono::nanoseconds remaining() const override;
  std::shared_ptr<CallContext> handle() const override;
  bool set_header(std::string_view key, std::string_view value) override;
  bool set_trailer(std::string_view key, std::string_view value) override;
  // Nothing goes out before the result is stored.
  Future<bool> send_headers() override { return false; }
  bool request_compressed() const override { return caller_.request_compressed(); }
  void set_compression(Compression compression) override { caller_.set_compression(compression); }
  std::span<const std::uint8_t> request_bytes() const override { return caller_.request_bytes(); }
  std::span<const std::uint8_t> response_bytes() const override { return {}; }
  Status answer(std::span<const std::uint8_t> response, Status status) override;

  // detail::ServedCall.
  ServerContext& context() override { return *this; }
  Future<std::optional<Bytes>> read() override { return std::optional<Bytes>(); }
  Future<bool> write(Bytes) override { return false; }
  void respond(Bytes message) override { response_ = std::move(message); }
  void fail(Status status) override { failure_ = std::move(status); }

 private:
  ServerContext& caller_;
  const bool whole_call_;
  const std::shared_ptr<Loop> loop_;
  KeyedExecution& execution_;
  CancelToken token_;
  Timer timer_;
  Bytes response_;
  Metadata headers_, trailers_;
  Status failure_;
};

}  // namespace cpp_lite::server
