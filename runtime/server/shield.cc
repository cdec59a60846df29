#include "server/shield.h"

#include <algorithm>

#include "server/context.h"

namespace cpp_lite::server {

Shield::Shield(ServerContext& caller, bool whole_call, std::shared_ptr<Loop> loop,
               KeyedExecution& execution, SteadyTime until)
    : caller_(caller),
      whole_call_(whole_call),
      loop_(std::move(loop)),
      execution_(execution),
      timer_(*loop_) {
  token_.set_deadline(until);
  token_.set_retry_hint(caller.retry_hint());
}

void Shield::arm() {
  if (!loop_->is_current()) return loop_->post([self = shared_from_this()] { self->arm(); });
  timer_.start(deadline(), [this] { token_.cancel(); });
}

void Shield::disarm() {
  if (!loop_->is_current()) return loop_->post([self = shared_from_this()] { self->disarm(); });
  timer_.stop();
}

void Shield::end_with(CallContext& caller) {
  caller.on_cancel([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->cancel();
  });
}

Bytes Shield::take_response() {
  if (response_.size() < kMessagePrefix) return {};
  response_.erase(response_.begin(), response_.begin() + kMessagePrefix);
  return std::move(response_);
}

void Shield::set_principal(std::string principal) { caller_.set_principal(std::move(principal)); }

std::chrono::nanoseconds Shield::remaining() const {
  const std::chrono::nanoseconds left = deadline() - loop_->now();
  return std::max(std::chrono::nanoseconds(0), left);
}

std::shared_ptr<CallContext> Shield::handle() const {
  const auto self = std::const_pointer_cast<Shield>(shared_from_this());
  return {self, &self->token_};
}

bool Shield::set_header(std::string_view key, std::string_view value) {
  return whole_call_ && add_checked(headers_, key, value);
}

bool Shield::set_trailer(std::string_view key, std::string_view value) {
  return whole_call_ && add_checked(trailers_, key, value);
}

Status Shield::answer(std::span<const std::uint8_t> response, Status status) {
  response_.assign(kMessagePrefix, 0);
  response_.insert(response_.end(), response.begin(), response.end());
  return status;
}

}  // namespace cpp_lite::server
