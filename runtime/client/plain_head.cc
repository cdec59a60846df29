#include "client/plain_head.h"

#include <algorithm>
#include <limits>

#include "wire/fields.h"
#include "wire/headers.h"

namespace cpp_lite::client {

const h2::HeaderList* PlainHead::list(std::string_view path, std::chrono::nanoseconds remaining,
                                      std::size_t longest) {
  if (list_.empty()) make();
  if (remaining > after_ && remaining <= up_to_) {
    list_[timeout_].never_index = false;  // once more
  } else {
    say(remaining);
  }
  list_[path_].value = path;
  const std::size_t size = rest_ + path.size() + list_[timeout_].value.size();
  return sendable_ && size <= longest && path.size() <= wire::kLongestValue ? &list_ : nullptr;
}

void PlainHead::make() {
  wire::FieldWriter fields;
  wire::RequestFields request;
  request.scheme = scheme_;
  request.authority = authority_;
  request.user_agent = user_agent_;
  request.timeout = std::chrono::nanoseconds(1);
  wire::write_request(fields, request);
  sendable_ = wire::check_list(fields, std::numeric_limits<std::size_t>::max()).ok();
  fields.append_to(list_);
  const auto at = [this](std::string_view name) {
    const auto field = std::ranges::find(list_, name, &h2::HeaderField::name);
    return static_cast<std::size_t>(field - list_.begin());
  };
  path_ = at(":path");
  timeout_ = at("grpc-timeout");
  for (h2::HeaderField& field : list_) field.lasting = field.lasting_name = true;
  list_[timeout_].lasting = false;
  rest_ = fields.list_size() - list_[path_].value.size() - list_[timeout_].value.size();
}

void PlainHead::say(std::chrono::nanoseconds remaining) {
  up_to_ = wire::rounded_timeout(remaining);
  after_ = up_to_ - wire::timeout_step(up_to_ - std::chrono::nanoseconds(1));
  const wire::TimeoutText text(up_to_);
  auto known = std::ranges::find(recent_, text.view());
  list_[timeout_].never_index = known == recent_.end();
  if (known == recent_.end()) {
    known = recent_.begin() + static_cast<std::ptrdiff_t>(next_);
    known->assign(text.view());
    next_ = (next_ + 1) % kRecent;
  }
  list_[timeout_].value = *known;
}

}  // namespace cpp_lite::client
