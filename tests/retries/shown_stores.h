// What a client has read of the stores of idempotency keys behind its endpoints, and so must hold
// of each attempt (docs/rules.md, "Several endpoints"). For the tests of random scripts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attempt_end.h"
#include "scripted_peer.h"

namespace cpp_lite::retries {

// Ids; empty: none is shown.
class ShownStores {
 public:
  // To be told of every attempt of every call.
  void add(const Seen& attempt) {
    const bool cancelled = attempt.reset_by_client && attempt.reset_code == kCancel;
    for (const Deed& deed : attempt.deeds) {
      const bool head = deed.kind == Deed::Kind::headers || deed.kind == Deed::Kind::trailers_only;
      if (!head || (cancelled && *attempt.reset_by_client <= deed.at)) continue;
      heads_.push_back({attempt.endpoint, attempt.connection, deed.at, deed.store});
    }
  }

  // Behind an endpoint: what the newest of its connections shows that has said something by then.
  std::string of(const std::string& endpoint, SteadyTime by) const {
    return heard(endpoint, by).value_or("");
  }
  // To an attempt: its own connection's word first.
  std::string to(const Seen& attempt, SteadyTime by) const {
    const auto own = heard(attempt.endpoint, by, attempt.connection);
    return own ? *own : of(attempt.endpoint, attempt.arrived);
  }
  // To one that ended so. An error is its own witness.
  std::string to(const Seen& attempt, const End& end) const {
    return end.fate == Fate::rejected ? attempt.deeds.back().store : to(attempt, end.at);
  }

 private:
  static constexpr std::uint32_t kCancel = 8;
  // Response headers that the client has read.
  struct Head {
    std::string endpoint;
    int connection = 0;  // later ones have higher numbers
    SteadyTime at;
    std::string store;
  };

  // Nothing: they have said nothing by then.
  std::optional<std::string> heard(const std::string& endpoint, SteadyTime by,
                                   std::optional<int> connection = {}) const {
    const Head* last = nullptr;
    for (const Head& head : heads_) {
      if (head.at > by || head.endpoint != endpoint) continue;
      if (connection && head.connection != *connection) continue;
      const auto order = [](const Head& h) { return std::pair(h.connection, h.at); };
      if (last == nullptr || order(*last) < order(head)) last = &head;
    }
    return last != nullptr ? std::optional(last->store) : std::nullopt;
  }

  std::vector<Head> heads_;  // in any order
};

}  // namespace cpp_lite::retries
