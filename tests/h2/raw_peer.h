// The other end of a wire, played by the test itself, frame by frame.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "h2/session.h"
#include "memory_wire.h"

namespace cpp_lite::h2 {

using Bytes = std::vector<std::uint8_t>;

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::int32_t id = 0;
  Bytes payload;
};

inline Bytes big_endian(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Bytes encode(const Frame& frame) {
  const Bytes size = big_endian(static_cast<std::uint32_t>(frame.payload.size()));
  return Bytes{size[1], size[2], size[3], frame.type, frame.flags} +
         big_endian(static_cast<std::uint32_t>(frame.id)) + frame.payload;
}

inline Bytes goaway(std::int32_t last_id, std::uint32_t error = 0) {
  return encode(
      {kGoaway, 0, 0, big_endian(static_cast<std::uint32_t>(last_id)) + big_endian(error)});
}

// A header list without compression: literals that are not indexed (RFC 7541 6.2.2).
inline Bytes literals(const std::vector<std::pair<std::string, std::string>>& fields) {
  Bytes block;
  const auto add = [&block](const std::string& text) {
    block.push_back(static_cast<std::uint8_t>(text.size()));  // shorter than 127
    block.insert(block.end(), text.begin(), text.end());
  };
  for (const auto& [name, value] : fields) {
    block.push_back(0);
    add(name);
    add(value);
  }
  return block;
}

inline std::vector<Frame> decode(const Bytes& bytes, std::size_t at) {
  std::vector<Frame> frames;
  while (at + 9 <= bytes.size()) {
    const auto* p = &bytes[at];
    const std::size_t size = p[0] * 65536u + p[1] * 256u + p[2];
    const auto id =
        static_cast<std::int32_t>(p[5] * 16777216u + p[6] * 65536u + p[7] * 256u + p[8]);
    if (at + 9 + size > bytes.size()) break;
    frames.push_back({p[3], p[4], id, Bytes(p + 9, p + 9 + size)});
    at += 9 + size;
  }
  return frames;
}

// Says nothing by itself, except that it acknowledges nothing either.
class RawPeer final : private Transport::Listener {
 public:
  explicit RawPeer(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {
    transport_->start(*this);
  }

  void send(const Bytes& bytes) {
    waiting_ = std::move(waiting_) + bytes;
    if (!writing_) write();
  }
  // As a client begins, and as a server does.
  void send_preface() {
    const std::string magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    send(Bytes(magic.begin(), magic.end()) + encode({kSettings, 0, 0, {}}));
  }
  void send_request(std::int32_t id, std::uint8_t flags = 0x5) {
    send(encode({kHeaders, flags, id, request_block()}));
  }
  static Bytes request_block() {
    return literals(
        {{":method", "POST"}, {":scheme", "http"}, {":path", "/a"}, {":authority", "t"}});
  }
  void close() { transport_->close(); }

  // What has come, as frames; a client's preface is left out.
  std::vector<Frame> frames() const {
    const std::string magic = "PRI * HTTP/2.0";
    const bool preface =
        received.size() >= 24 && std::string(received.begin(), received.begin() + 14) == magic;
    return decode(received, preface ? 24 : 0);
  }
  std::vector<Frame> frames(std::uint8_t type) const {
    std::vector<Frame> some;
    for (Frame& frame : frames()) {
      if (frame.type == type) some.push_back(std::move(frame));
    }
    return some;
  }

  Bytes received;
  std::string closed;

 private:
  void write() {
    writing_ = true;
    transport_->write(std::exchange(waiting_, {}));
  }
  void on_bytes(std::span<const std::uint8_t> bytes) override {
    received.insert(received.end(), bytes.begin(), bytes.end());
  }
  void on_written(Bytes) override {
    writing_ = false;
    if (!waiting_.empty()) write();
  }
  void on_closed(std::string reason) override { closed = std::move(reason); }

  std::unique_ptr<Transport> transport_;
  Bytes waiting_;
  bool writing_ = false;
};

}  // namespace cpp_lite::h2
