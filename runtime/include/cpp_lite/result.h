// A value or the Status that says why there is none; and the same with a call's metadata.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/metadata.h>
#include <cpp_lite/status.h>

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace cpp_lite {

namespace detail {
// Prints the status and stops the program: a value was read that is not there.
[[noreturn]] CPP_LITE_API void die_of(const Status& status);
struct Fresh {};
}  // namespace detail

// What a handler answers. Reading the value of one that holds an error stops the program with the
// status text, in every build.
template <typename T>
class [[nodiscard]] Result {
 public:
  template <typename U = T>
  requires(!std::same_as<std::remove_cvref_t<U>, Result> &&
           !std::same_as<std::remove_cvref_t<U>, Status> && std::constructible_from<T, U&&>)
      Result(U&& value)
      : value_(std::in_place, std::forward<U>(value)) {}
  // An error. An OK status without a value becomes INTERNAL.
  Result(Status status) : status_(std::move(status)) {
    if (status_.ok()) status_ = Status(Code::internal, "an OK status instead of a value");
  }

  // For the runtime: a value that is filled afterwards.
  explicit Result(detail::Fresh) : value_(std::in_place) {}

  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Status& status() const { return status_; }  // of code OK when there is a value

  T& operator*() & { return checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

 private:
  T& checked() {
    if (!value_) detail::die_of(status_);
    return *value_;
  }

  std::optional<T> value_;

 protected:
  void drop_value() { value_.reset(); }

  Status status_;
};

// What a client's call yields: the response and the metadata that came with it.
template <typename T>
class [[nodiscard]] Reply : public Result<T> {
 public:
  using Result<T>::Result;

  const Metadata& headers() const { return headers_; }    // initial metadata
  const Metadata& trailers() const { return trailers_; }  // trailing metadata
  // How many times the call was sent, those not counted that the peer provably did nothing with.
  // status().attempts() tells of each, if there were several.
  int attempts() const { return attempts_; }
  // Of a keyed call: the key that was used.
  const std::string& idempotency_key() const { return this->status_.idempotency_key(); }

  // For the runtime.
  void set_metadata(Metadata headers, Metadata trailers, int attempts) {
    headers_ = std::move(headers);
    trailers_ = std::move(trailers);
    attempts_ = attempts;
  }
  void set_status(Status status) {
    if (!status.ok()) this->drop_value();
    this->status_ = std::move(status);
  }

 private:
  Metadata headers_;
  Metadata trailers_;
  int attempts_ = 0;
};

}  // namespace cpp_lite
