#include "server/context.h"

#include <algorithm>

#include "wire/causes.h"
#include "wire/metadata_fields.h"
#include "wire/retry_hints.h"

namespace cpp_lite::server {

std::optional<wire::Refusal> Context::read_head(h2::HeaderBlock block) {
  block_ = std::move(block);
  if (block_.over_limit) {
    return wire::Refusal{.status = wire::local_status(wire::LocalCause::header_list_too_large)};
  }
  if (recall_head()) return std::nullopt;
  if (auto refusal = wire::read_request(block_, head_)) return refusal;
  if (block_.variations() > 0) return std::nullopt;
  const auto known = std::make_shared<KnownRequest>(KnownRequest{head_});
  known_ = known.get();
  block_.note() = known;
  return std::nullopt;
}

// A client's requests are mostly alike: what was found out about one holds for the next.
bool Context::recall_head() {
  if (block_.size() == 0 || block_.note() == nullptr) return false;
  auto* const known = static_cast<KnownRequest*>(block_.note().get());
  head_ = known->head;
  for (std::size_t i = 0; i < block_.variations(); ++i) {
    const std::size_t field = block_.varied_field(i);
    if (!wire::change_head(head_, block_.name(field), block_.value(field))) return false;
  }
  known_ = known;
  return true;
}

void Context::own_request() const {
  request_.assign(borrowed_.begin(), borrowed_.end());
  borrowed_ = {};
}

std::span<const std::uint8_t> Context::request_bytes() const {
  if (!borrowed_.empty()) own_request();
  return request_;
}

const Metadata& Context::metadata() const {
  if (!metadata_) {
    metadata_.emplace();
    // Malformed values were refused with the head.
    (void)wire::read_metadata(block_, *metadata_);
    // Said from runtime to runtime: a handler that passes its metadata on would send what is
    // reserved.
    if (!head_.store.empty()) metadata_->erase(wire::kStoreName);
  }
  return *metadata_;
}

const std::string& Context::principal() const {
  return certificate() != nullptr && !principal_set_ ? certificate()->name : principal_;
}

std::chrono::nanoseconds Context::remaining() const {
  if (deadline() == SteadyTime::max()) return std::chrono::nanoseconds::max();
  return std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(deadline() - clock_.now()));
}

bool add_checked(Metadata& to, std::string_view key, std::string_view value) {
  const Metadata pair({key, value});
  if (pair.invalid()) return false;
  to.add(key, value);
  return true;
}

bool Context::set_header(std::string_view key, std::string_view value) {
  return !headers_final_ && add_checked(headers_, key, value);
}

bool Context::set_trailer(std::string_view key, std::string_view value) {
  return add_checked(trailers_, key, value);
}

void Context::set_compression(Compression compression) {
  compress_ = compression == Compression::gzip;
  may_compress_ = may_compress_ || compress_;
}

std::span<const std::uint8_t> Context::response_bytes() const {
  const std::span<const std::uint8_t> all(response_);
  return all.size() < kMessagePrefix ? all.first(0) : all.subspan(kMessagePrefix);
}

Status Context::answer(std::span<const std::uint8_t> response, Status status) {
  response_.assign(kMessagePrefix, 0);
  response_.insert(response_.end(), response.begin(), response.end());
  return status;
}

}  // namespace cpp_lite::server
