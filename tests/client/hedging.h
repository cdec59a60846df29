// A network channel whose calls are hedged, over pipes: the language of the tests of hedging.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "fixture.h"

namespace cpp_lite::client {

inline constexpr std::uint32_t kUnavailableOnly = 1U << 14;
inline constexpr HedgingPolicyData kThrice{
    .max_attempts = 3, .delay = std::chrono::milliseconds(50), .non_fatal_codes = kUnavailableOnly};
inline constexpr HedgingPolicyData kAtOnce{
    .max_attempts = 3, .delay = {}, .non_fatal_codes = kUnavailableOnly};
inline constexpr Method kHedged{
    .path = "/test.Service/Hedged", .safety = Safety::idempotent, .hedging = kThrice};
inline constexpr Method kBurst{
    .path = "/test.Service/Burst", .safety = Safety::no_side_effects, .hedging = kAtOnce};
inline constexpr Method kHedgedStream{.path = "/test.Service/Rows",
                                      .server_streams = true,
                                      .safety = Safety::idempotent,
                                      .hedging = kThrice};

class HedgingTest : public ClientTest {
 protected:
  HedgingTest() {
    options.on_attempt = [told = told_](const Method&, const Attempt& attempt) {
      told->push_back(attempt);
    };
  }

  Future<RawReply> call(const Method& method = kHedged, Deadline deadline = Deadline::never(),
                        CallSettings settings = {}) {
    Future<RawReply> reply =
        channel()->unary({&method, deadline, std::move(settings)}, bytes("ping"));
    turn();
    return reply;
  }
  std::unique_ptr<RawStream> rows(Deadline deadline = Deadline::never()) {
    std::unique_ptr<RawStream> call = stream(kHedgedStream, deadline);
    (void)call->write(bytes("which"));
    (void)call->close_writes();
    turn();
    return call;
  }
  void reject(std::size_t attempt, std::string_view code, h2::HeaderList more = {}) {
    h2::HeaderList list{
        {":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", code}};
    list.insert(list.end(), more.begin(), more.end());
    peer.stream(attempt).only_headers(list);
    turn();
  }
  void answer(std::size_t attempt, std::string_view text) {
    peer.stream(attempt).answer(text);
    turn();
  }
  void wait(std::chrono::nanoseconds time) {
    loop->advance(time);
    turn();
  }
  std::size_t sent() const { return peer.streams.size(); }
  // Of the streams that the peer has seen: "open", "reset 8", "closed".
  std::string state(std::size_t attempt) {
    const PeerStream& stream = peer.stream(attempt);
    if (!stream.closed()) return "open";
    return stream.reset_code() == 0 ? "closed" : "reset " + std::to_string(stream.reset_code());
  }
  static std::vector<std::string> verdicts(const Status& status) {
    std::vector<std::string> words;
    for (const Attempt& attempt : status.attempts()) words.push_back(attempt.verdict);
    return words;
  }
  using Words = std::vector<std::string>;

  // What the hook was told.
  const std::vector<Attempt>& seen() const { return *told_; }

 private:
  const std::shared_ptr<std::vector<Attempt>> told_ = std::make_shared<std::vector<Attempt>>();
};

}  // namespace cpp_lite::client
