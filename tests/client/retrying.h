// Calls of every safety class, and verbs for a peer that turns them down.
#pragma once

#include <vector>

#include "fixture.h"

namespace cpp_lite::client {

inline constexpr Method kSafe{.path = "/test.Service/Safe", .safety = Safety::idempotent};
inline constexpr Method kKeyed{.path = "/test.Service/Keyed", .safety = Safety::keyed};
inline constexpr Method kPatient{.path = "/test.Service/Patient",
                                 .safety = Safety::no_side_effects,
                                 .attempt_timeout = std::chrono::seconds(1)};

class RetryTest : public ClientTest {
 protected:
  RetryTest() {
    options.on_attempt = [this](const Method&, const Attempt& attempt) { seen.push_back(attempt); };
  }

  ~RetryTest() override {
    drop_channel();
    turn();  // what is still to be told
  }

  Future<RawReply> call(const Method& method, Deadline deadline = Deadline::never(),
                        CallSettings settings = {}) {
    Future<RawReply> reply =
        channel()->unary({&method, deadline, std::move(settings)}, bytes("ping"));
    turn();
    return reply;
  }
  void reject(std::string_view code, h2::HeaderList more = {}) {
    h2::HeaderList list{
        {":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", code}};
    list.insert(list.end(), more.begin(), more.end());
    peer.last().only_headers(list);
    turn();
  }
  // The random source of the fixture is 0.5: no jitter.
  void wait(std::chrono::nanoseconds time) {
    loop->advance(time);
    turn();
  }

  std::vector<Attempt> seen;
};

}  // namespace cpp_lite::client
