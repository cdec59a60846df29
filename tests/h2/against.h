// One end of a wire for a Connection, the other for a test that breaks rules.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "peers.h"
#include "raw_peer.h"

namespace cpp_lite::h2 {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline const Fields kGoodRequest = {
    {":method", "POST"}, {":scheme", "http"}, {":path", "/a"}, {":authority", "t"}};

// One end of a wire for a Connection of either side, the other for the test.
template <typename OwnerType, Side kSide>
class Against : public testing::Test {
 protected:
  void SetUp() override {
    connection = std::make_shared<Connection>(kSide, loop, wire->end(0), owner, options);
    connection->start();
    loop->run_until_idle();
  }
  void send(const Bytes& bytes) {
    peer->send(bytes);
    loop->run_until_idle();
  }
  std::uint32_t goaway_error() const {
    const std::vector<Frame> frames = peer->frames(kGoaway);
    return frames.empty() ? 0 : frames.back().payload[7];
  }
  std::uint32_t reset_error(std::int32_t id) const {
    for (const Frame& frame : peer->frames(kRstStream)) {
      if (frame.id == id) return frame.payload[3];
    }
    return 0;
  }

  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::shared_ptr<Wire> wire = std::make_shared<Wire>(loop);
  OwnerType owner;
  ConnectionOptions options;
  std::shared_ptr<Connection> connection;
  std::unique_ptr<RawPeer> peer = std::make_unique<RawPeer>(wire->end(1));
};

class HostileClient : public Against<ServerOwner, Side::server> {
 protected:
  void SetUp() override {
    Against::SetUp();
    peer->send_preface();
  }
  void TearDown() override {
    for (auto& [id, stream] : owner.streams) stream->connection.reset();
  }
  Bytes request(std::int32_t id, const Fields& fields, std::uint8_t flags = 0x5) {
    return encode({kHeaders, flags, id, literals(fields)});
  }
};

}  // namespace cpp_lite::h2
