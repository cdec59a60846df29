#include "client/fixed_deadline.h"

#include <algorithm>
#include <utility>

#include "base/deadline_rules.h"
#include "config/service_config.h"

namespace cpp_lite::client {

Future<RawReply> FixedDeadline::unary(Call call, Bytes request) {
  fix(call);
  return next_->unary(std::move(call), std::move(request));
}

std::unique_ptr<RawStream> FixedDeadline::stream(Call call) {
  fix(call);
  return next_->stream(std::move(call));
}

void FixedDeadline::fix(Call& call) const {
  if (call.method == nullptr) return;  // a fault that the network channel reports
  const SteadyTime now = loop_->now();
  SteadyTime deadline = base::own_deadline(call.deadline, *call.method, now);
  call.options.config = config_.get();
  if (const auto& config = call.options.config) {
    const config::MethodConfig* const method = config->find(call.method->path);
    if (method != nullptr && method->timeout) {
      deadline = std::min(deadline, Deadline(*method->timeout).resolve(now));
    }
  }
  if (const auto& parent = call.options.parent) {
    deadline = base::child_deadline(deadline, parent->deadline(), now, margin_);
  }
  if (deadline != SteadyTime::max()) call.deadline = Deadline(deadline);
}

}  // namespace cpp_lite::client
