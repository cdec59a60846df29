// What docs/rules.md, "Attempts", says about a call, told a second time: from the outside and after
// the fact. It knows what the peer did and what the user got, and nothing of the engine.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/method.h>
#include <cpp_lite/status.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scripted_peer.h"
#include "shown_stores.h"

namespace cpp_lite::retries {

struct Throttling {
  int max_tokens = 0;
  double token_ratio = 0;
};

// How the channel was made.
struct ChannelRules {
  bool retries = true;
  bool trust_refused = true;
  bool assume_keyed = false;
  int max_attempts = 5;
  std::optional<RetryPolicyData> policy = {};  // of the service config, for every method
  std::optional<Throttling> throttling = {};
  bool shared = true;  // the calls follow each other, so that budget and throttle can be foretold
};

// One call, as its user saw it.
struct Observed {
  const Method* method = nullptr;
  bool has_key = false;
  SteadyTime started;
  SteadyTime deadline = SteadyTime::max();
  std::optional<SteadyTime> cancelled = {};
  std::vector<const Seen*> attempts = {};  // oldest first
  std::optional<SteadyTime> ended = {};    // nothing: its Future was dropped
  Status status = {};
  std::vector<std::string> messages = {};

  struct Written {
    SteadyTime at;
    std::string message;  // framed
  };
  std::vector<Written> written = {};
  SteadyTime closed = SteadyTime::max();
  // What a server that was reached has of the request by then.
  std::string request(SteadyTime by) const {
    std::string sent;
    for (const Written& one : written) sent += one.at <= by ? one.message : "";
    return sent;
  }
};

// The headers that all attempts of a call have in common.
std::map<std::string, std::string> lasting(const Seen& attempt);

// What is known beside the calls.
struct Surroundings {
  SteadyTime began;
  SteadyTime connected_at;  // every dial before it failed
  ShownStores stores = {};
};

// For the calls of one channel, one after the other.
class ReferenceModel {
 public:
  ReferenceModel(const ChannelRules& rules, const Surroundings& surroundings);

  // What is wrong with the call; empty: nothing.
  std::string judge(const Observed& call);

 private:
  class Walk;
  // Between what the budget holds at least and at most.
  struct Balance {
    double least = 10;
    double most = 10;
  };
  void pass_time(SteadyTime now);
  void pay_in();

  const ChannelRules rules_;
  const Surroundings around_;
  Balance budget_;
  SteadyTime budget_at_;
  int tokens_ = 0;  // thousandths
};

}  // namespace cpp_lite::retries
