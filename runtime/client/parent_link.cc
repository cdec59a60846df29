#include "client/parent_link.h"

#include <utility>

#include "base/deadline_rules.h"
#include "wire/causes.h"

namespace cpp_lite::client {

using wire::local_status;
using wire::LocalCause;

bool ParentLink::ended(SteadyTime now) const {
  return parent_ != nullptr && (parent_->cancelled() || parent_->deadline() <= now);
}

Status ParentLink::status(SteadyTime now) const {
  if (parent_->deadline() > now) {
    return local_status(LocalCause::cancelled, "with the served call that it is part of");
  }
  return local_status(LocalCause::deadline_passed, "that of the served call that this is part of");
}

SteadyTime ParentLink::narrow(SteadyTime own, SteadyTime now,
                              std::chrono::nanoseconds margin) const {
  return base::child_deadline(own, parent_->deadline(), now, margin);
}

void ParentLink::watch(Task cancelled) { ticket_ = parent_->on_cancel(std::move(cancelled)); }

void ParentLink::leave() {
  if (ticket_) parent_->forget(*std::exchange(ticket_, std::nullopt));
  parent_.reset();
}

}  // namespace cpp_lite::client
