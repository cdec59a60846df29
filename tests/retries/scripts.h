// Random scripts: what a channel is told, which calls are made on it, and how a peer answers.
#pragma once

#include <cpp_lite/method.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "reference_model.h"
#include "scripted_peer.h"

namespace cpp_lite::retries {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  double fraction() { return std::generate_canonical<double, 53>(engine_); }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }
  // Never twice the same, so that no two things fall on one instant.
  std::chrono::nanoseconds some_time();

 private:
  std::mt19937_64 engine_;
  int times_ = 0;
};

struct CallScript {
  const Method* method = nullptr;
  bool has_key = false;
  std::chrono::nanoseconds wait{};  // from the end of the call before it, or from its beginning
  std::optional<std::chrono::nanoseconds> deadline = {};
  std::optional<std::chrono::nanoseconds> cancel_after = {};
  // Of a streamed request, before each message but the first, and before its end.
  std::vector<std::chrono::nanoseconds> pauses = {};
};

struct Script {
  ChannelRules rules;
  std::string service_config;  // what `rules` says of policy and throttling, as JSON
  int failing_dials = 0;
  std::vector<CallScript> calls;
};

// With several endpoints, hedging, or both.
struct WideScript {
  Script base;
  int endpoints = 1;
  bool round_robin = false;
  bool one_store = false;                         // the endpoints share it, to begin with
  std::optional<HedgingPolicyData> hedging = {};  // of the service config, for every method
};

Script make_script(Dice& dice);
WideScript make_wide_script(Dice& dice);
Reply make_reply(Dice& dice, bool believable);

}  // namespace cpp_lite::retries
