#include <cpp_lite/status.h>

#include "base/no_destroy.h"

namespace cpp_lite {
namespace {

const std::string& empty_text() {
  static const base::NoDestroy<std::string> text;
  return text.get();
}

const std::vector<StatusDetail>& no_details() {
  static const base::NoDestroy<std::vector<StatusDetail>> details;
  return details.get();
}

const std::vector<Attempt>& no_attempts() {
  static const base::NoDestroy<std::vector<Attempt>> attempts;
  return attempts.get();
}

}  // namespace

// Of code ok only where a call that succeeded has a story to tell.
struct Status::Rep {
  Code code = Code::ok;
  Origin origin = Origin::local;
  bool not_executed = false;
  bool outcome_unknown = false;
  std::optional<std::chrono::milliseconds> pushback;
  std::string message;
  std::string phase;
  std::string idempotency_key;
  std::vector<StatusDetail> details;
  std::vector<Attempt> attempts;
};

Status::Status(Code code, std::string message) {
  if (code == Code::ok) return;
  rep_ = std::make_shared<Rep>();
  rep_->code = code;
  rep_->message = std::move(message);
}

Status Status::not_executed(Code code, std::string message) {
  Status status(code, std::move(message));
  status.set_not_executed(true);
  return status;
}

Status Status::outcome_unknown(std::string message) {
  Status status(Code::unknown, std::move(message));
  status.own().outcome_unknown = true;
  return status;
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

bool Status::is_not_executed() const noexcept { return rep_ && rep_->not_executed; }

bool Status::is_outcome_unknown() const noexcept { return rep_ && rep_->outcome_unknown; }

std::optional<std::chrono::milliseconds> Status::pushback() const noexcept {
  return rep_ ? rep_->pushback : std::nullopt;
}

const std::vector<Attempt>& Status::attempts() const noexcept {
  return rep_ ? rep_->attempts : no_attempts();
}

const std::string& Status::idempotency_key() const noexcept {
  return rep_ ? rep_->idempotency_key : empty_text();
}

Status& Status::add_raw_detail(StatusDetail detail) {
  if (!ok()) own().details.push_back(std::move(detail));
  return *this;
}

Status& Status::set_origin(Origin origin) {
  if (!ok() && rep_->origin != origin) own().origin = origin;
  return *this;
}

Status& Status::set_phase(std::string phase) {
  if (!ok()) own().phase = std::move(phase);
  return *this;
}

Status& Status::set_not_executed(bool proven) {
  if (!ok() && rep_->not_executed != proven) own().not_executed = proven;
  return *this;
}

Status& Status::set_pushback(std::chrono::milliseconds delay) {
  if (!ok()) own().pushback = delay;
  return *this;
}

Status& Status::set_attempts(std::vector<Attempt> attempts) {
  if (rep_ || !attempts.empty()) own().attempts = std::move(attempts);
  return *this;
}

Status& Status::set_idempotency_key(std::string key) {
  if (rep_ || !key.empty()) own().idempotency_key = std::move(key);
  return *this;
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
  if (!rep_) {
    rep_ = std::make_shared<Rep>();
  } else if (rep_.use_count() > 1) {
    rep_ = std::make_shared<Rep>(*rep_);
  }
  return *rep_;
}

}  // namespace cpp_lite
