// Two Transports joined in memory, with faults that a test can set.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "h2/transport.h"
#include "support/fake_loop.h"

namespace cpp_lite::h2 {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

class Wire : public std::enable_shared_from_this<Wire> {
 public:
  // One direction: what an end has written and the other has not yet read.
  struct Direction {
    std::size_t chunk = kAll;      // bytes per on_bytes()
    std::size_t cut_after = kAll;  // bytes until the line breaks
    std::size_t most_referred = 0;
    bool stalled = false;   // writes do not finish (until pump())
    std::size_t bytes = 0;  // passed so far
    std::size_t writes = 0;

    Output pending;  // kept until all of it has passed, like what a socket sends
    std::size_t begin = 0;
    bool writing = false;
    bool pumping = false;
  };

  explicit Wire(const std::shared_ptr<support::FakeLoop>& loop) : loop_(loop.get()) {}

  std::unique_ptr<Transport> end(std::size_t side);
  Direction& from(std::size_t side) { return directions_[side]; }
  bool is_closed(std::size_t side) const { return ends_[side].closed; }

  void pump(std::size_t side) {
    Direction& d = from(side);
    if (d.stalled || std::exchange(d.pumping, true)) return;
    loop_->post([self = shared_from_this(), side] { self->deliver(side); });
  }

 private:
  friend class WireEnd;
  struct End {
    Transport::Listener* listener = nullptr;
    bool closed = false;
  };

  void deliver(std::size_t side) {
    Direction& d = from(side);
    d.pumping = false;
    if (d.stalled) return;
    const std::size_t n = std::min({d.chunk, d.pending.size() - d.begin, d.cut_after - d.bytes});
    const std::vector<std::uint8_t> now = next(d, n);
    d.begin += n;
    d.bytes += n;
    if (Transport::Listener* reader = ends_[1 - side].listener; reader != nullptr && n > 0) {
      reader->on_bytes(now);
    }
    after_delivery(side);
  }

  static std::vector<std::uint8_t> next(const Direction& d, std::size_t count) {
    std::vector<std::uint8_t> bytes;
    d.pending.each(d.begin, [&](std::span<const std::uint8_t> piece) {
      const auto some = piece.first(std::min(count - bytes.size(), piece.size()));
      bytes.insert(bytes.end(), some.begin(), some.end());
      return bytes.size() < count;
    });
    return bytes;
  }

  void after_delivery(std::size_t side) {
    Direction& d = from(side);
    if (d.bytes >= d.cut_after) return cut();
    if (d.begin < d.pending.size()) return pump(side);
    d.pending.clear();
    d.begin = 0;
    if (d.writing) {
      d.writing = false;
      if (ends_[side].listener != nullptr) ends_[side].listener->on_written({});
    }
    if (ends_[side].closed) hang_up(1 - side, "connection closed");
  }

  void cut() {
    hang_up(0, "connection reset by peer");
    hang_up(1, "connection reset by peer");
  }

  void hang_up(std::size_t side, const std::string& reason) {
    if (Transport::Listener* listener = std::exchange(ends_[side].listener, nullptr)) {
      listener->on_closed(reason);
    }
  }

  support::FakeLoop* loop_;  // outlives the ends
  std::array<Direction, 2> directions_;
  std::array<End, 2> ends_;
};

class WireEnd final : public Transport {
 public:
  WireEnd(std::shared_ptr<Wire> wire, std::size_t side) : wire_(std::move(wire)), side_(side) {}
  ~WireEnd() override { close(); }

  void start(Listener& listener) override { wire_->ends_[side_].listener = &listener; }
  void write(std::vector<std::uint8_t> bytes) override { write_pieces(Output(std::move(bytes))); }
  void write_pieces(Output output) override {
    Wire::Direction& d = wire_->from(side_);
    if (d.writing) std::abort();  // two writes at a time
    d.pending = std::move(output);
    d.begin = 0;
    d.writing = true;
    ++d.writes;
    wire_->pump(side_);
  }
  std::size_t most_referred() const override { return wire_->from(side_).most_referred; }
  void close() override {
    Wire::End& end = wire_->ends_[side_];
    end.listener = nullptr;
    if (!std::exchange(end.closed, true)) wire_->pump(side_);
  }
  const std::string& peer() const override { return peer_; }

 private:
  std::shared_ptr<Wire> wire_;
  std::size_t side_;
  std::string peer_ = "memory:";
};

inline std::unique_ptr<Transport> Wire::end(std::size_t side) {
  return std::make_unique<WireEnd>(shared_from_this(), side);
}

}  // namespace cpp_lite::h2
