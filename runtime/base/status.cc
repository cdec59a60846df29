#include <cpp_lite/status.h>

#include <array>
#include <cstddef>

#include "base/no_destroy.h"

namespace cpp_lite {
namespace {

constexpr std::array<std::string_view, 17> kNames = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

const std::string& empty_text() {
  static const base::NoDestroy<std::string> text;
  return text.get();
}

const std::vector<StatusDetail>& no_details() {
  static const base::NoDestroy<std::vector<StatusDetail>> details;
  return details.get();
}

}  // namespace

struct Status::Rep {
  Code code = Code::unknown;
  Origin origin = Origin::local;
  std::string message;
  std::string phase;
  std::vector<StatusDetail> details;
};

std::string_view to_string(Code code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : to_string(Code::unknown);
}

Status::Status(Code code, std::string message) {
  if (code == Code::ok) return;
  rep_ = std::make_shared<Rep>();
  rep_->code = code;
  rep_->message = std::move(message);
}

Code Status::code() const noexcept { return rep_ ? rep_->code : Code::ok; }

const std::string& Status::message() const noexcept { return rep_ ? rep_->message : empty_text(); }

Origin Status::origin() const noexcept { return rep_ ? rep_->origin : Origin::local; }

std::string_view Status::phase() const noexcept {
  return rep_ ? std::string_view(rep_->phase) : std::string_view();
}

const std::vector<StatusDetail>& Status::raw_details() const noexcept {
  return rep_ ? rep_->details : no_details();
}

Status& Status::add_raw_detail(StatusDetail detail) {
  if (rep_) own().details.push_back(std::move(detail));
  return *this;
}

Status& Status::set_origin(Origin origin) {
  if (rep_ && rep_->origin != origin) own().origin = origin;
  return *this;
}

Status& Status::set_phase(std::string phase) {
  if (rep_) own().phase = std::move(phase);
  return *this;
}

std::string Status::to_string() const {
  std::string text(cpp_lite::to_string(code()));
  if (ok()) return text;
  if (!rep_->message.empty()) text.append(": ").append(rep_->message);
  text.append(rep_->origin == Origin::peer ? " (peer" : " (local");
  if (!rep_->phase.empty()) text.append(", ").append(rep_->phase);
  return text.append(")");
}

// An Any's URL may have any host before the last slash; the name behind it decides.
bool Status::names_type(const StatusDetail& detail, std::string_view type_name) {
  const std::string_view url = detail.type_url;
  const std::size_t slash = url.rfind('/');
  return slash != std::string_view::npos && url.substr(slash + 1) == type_name;
}

// A count of one can only be ours: to copy this Status at the same time would be a data race
// already.
Status::Rep& Status::own() {
  if (rep_.use_count() > 1) rep_ = std::make_shared<Rep>(*rep_);
  return *rep_;
}

}  // namespace cpp_lite
