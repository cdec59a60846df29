// What a handler and its layers see of a served call.
#pragma once

#include <cpp_lite/handler.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "h2/header_block.h"
#include "server/cancel.h"
#include "wire/headers.h"

namespace cpp_lite::server {

// Who is on the other side, as all calls of a connection share it and may outlive it.
struct PeerFacts {
  std::string name;
  std::shared_ptr<const PeerCertificate> certificate;  // null: it was not asked, or showed none
  // Its handlers that still run although their streams are over. The loop's.
  mutable std::size_t abandoned = 0;
};

struct Entry;

// What the requests of a connection have in common whose fields are alike.
struct KnownRequest {
  wire::RequestHead head;
  const Entry* entry = nullptr;
};

// False, and nothing happens, for a pair that may not be sent.
bool add_checked(Metadata& to, std::string_view key, std::string_view value);

// Written by the connection's loop before the handler starts, then touched by the handler's
// executor alone until it ends, then read by the loop again. (headers_ may be read by the loop as
// soon as headers_final_ is set: nothing changes them then.)
class Context : public ServerContext {
 public:
  Context(const Clock& clock, std::shared_ptr<const PeerFacts> peer)
      : clock_(clock), facts_(std::move(peer)) {}

  const Method& method() const override { return *method_; }
  const std::string& peer() const override { return facts_->name; }
  const Metadata& metadata() const override;
  const std::string& principal() const override;
  void set_principal(std::string principal) override {
    principal_ = std::move(principal);
    principal_set_ = true;
  }
  const PeerCertificate* certificate() const override { return facts_->certificate.get(); }
  int attempt() const override { return static_cast<int>(head_.previous_attempts) + 1; }
  SteadyTime deadline() const override { return token_.deadline(); }
  std::chrono::nanoseconds remaining() const override;
  bool set_header(std::string_view key, std::string_view value) override;
  bool set_trailer(std::string_view key, std::string_view value) override;
  void set_compression(Compression compression) override;
  std::span<const std::uint8_t> request_bytes() const override;
  std::span<const std::uint8_t> response_bytes() const override;
  Status answer(std::span<const std::uint8_t> response, Status status) override;

 protected:
  // For as long as the request lies where it came in: read it there, or make it the call's own.
  std::span<const std::uint8_t> request_view() const {
    return borrowed_.empty() ? std::span<const std::uint8_t>(request_) : borrowed_;
  }
  void own_request() const;
  // Judges the request's headers. A Refusal is the answer.
  std::optional<wire::Refusal> read_head(h2::HeaderBlock block);

  const Clock& clock_;
  const std::shared_ptr<const PeerFacts> facts_;
  CancelToken token_;
  const Method* method_ = nullptr;
  wire::RequestHead head_;                          // views into block_
  KnownRequest* known_ = nullptr;                   // in block_, which shares it
  mutable Bytes request_;                           // of methods with one request
  mutable std::span<const std::uint8_t> borrowed_;  // in its place, while it lies elsewhere
  Bytes response_;  // of methods with one response, behind kMessagePrefix bytes
  Metadata headers_, trailers_;

 private:
  bool recall_head();

  h2::HeaderBlock block_;
  mutable std::optional<Metadata> metadata_;  // read out of block_ when somebody asks
  std::string principal_;
  bool principal_set_ = false;  // by a layer

 protected:
  bool headers_final_ = false;
  bool compress_ = false;      // the messages from now on
  bool may_compress_ = false;  // so the headers announce an encoding
};

}  // namespace cpp_lite::server
