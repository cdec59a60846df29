// The served call that a call is part of: it bounds the call, and takes it along when it ends
// (docs/rules.md D12, D13).
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/deadline.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace cpp_lite::client {

// What the attempts of a call say that ended with its parent.
inline constexpr std::string_view kParentEnded = "the served call ended that it is part of";

// Belongs to one call and its loop. Empty for calls that are part of nothing.
class ParentLink {
 public:
  explicit ParentLink(std::shared_ptr<CallContext> parent) : parent_(std::move(parent)) {}

  explicit operator bool() const { return parent_ != nullptr; }
  // It is over, and with it every call that is part of it.
  bool ended(SteadyTime now) const;
  // How such a call ends. Precondition of what follows: there is a parent.
  Status status(SteadyTime now) const;
  // What it leaves of a deadline.
  SteadyTime narrow(SteadyTime own, SteadyTime now, std::chrono::nanoseconds margin) const;
  RetryHint retry_hint() const { return parent_->retry_hint(); }
  // `cancelled` runs once, on any thread and in the middle of anything, unless leave() comes first.
  void watch(Task cancelled);
  void leave();

 private:
  std::shared_ptr<CallContext> parent_;
  std::optional<std::uint64_t> ticket_;
};

}  // namespace cpp_lite::client
