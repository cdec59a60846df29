// Which store of idempotency keys stands behind each endpoint, as far as it has shown it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "h2/connection.h"

namespace cpp_lite::client {

// Endpoints that answer with the same cpp-lite-store id know each other's keys (docs/rules.md,
// "Several endpoints"). What an endpoint shows may change under one address, when the server behind
// it is exchanged: so each connection speaks for itself first, and the newest one that has spoken
// speaks for the endpoint. Belongs to a channel and its loop. Forgetting is safe: what showed no id
// is trusted less.
class Stores {
 public:
  static constexpr std::size_t kMost = 1000;

  // What one connection has shown. It ends with the last of the calls that look at it.
  struct Shown {
    std::uint64_t number;           // newer connections have higher ones
    std::optional<std::string> id;  // empty: its server showed none; nothing: it has not spoken yet
  };

  // To be called for every connection before its first answer; older connections first.
  std::shared_ptr<Shown> meet(h2::Connection& connection);
  // Its server has answered, with this id or (empty) without one.
  void note(h2::Connection& connection, std::string_view id);
  void note(Shown& by, std::string_view peer, std::string_view id);
  // Empty: it has shown none, or shows none any more.
  std::string_view of(std::string_view peer) const;

 private:
  struct Known {
    std::string id;
    std::uint64_t by;  // the number of the connection that showed it
  };
  std::map<std::string, Known, std::less<>> known_;
  std::uint64_t met_ = 0;
};

// The store that an attempt may go by: the one that its own connection shows, or as long as that
// has not spoken, the one that the endpoint had shown when the attempt began. What is learnt from
// other connections afterwards may be about another server.
class StoreInSight {
 public:
  StoreInSight() = default;
  StoreInSight(std::shared_ptr<const Stores::Shown> here, std::string_view before)
      : here_(std::move(here)), before_(before) {}

  // Empty: none.
  std::string_view id() const {
    if (here_ != nullptr && here_->id) return *here_->id;
    return before_;
  }
  // The end of the attempt told it itself.
  void settle(std::string_view id) {
    here_.reset();
    before_ = id;
  }

 private:
  std::shared_ptr<const Stores::Shown> here_;
  std::string before_;
};

}  // namespace cpp_lite::client
