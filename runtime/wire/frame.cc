#include "wire/frame.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <string>

#include "wire/causes.h"

namespace cpp_lite::wire {
namespace {

// A prefix alone buys this much memory; more only comes with bytes that have arrived, because a
// length costs its sender nothing.
constexpr std::size_t kFirstReserve = 1 << 20;
// A buffer up to this size is kept from one message to the next.
constexpr std::size_t kKeptBuffer = 64 << 10;

std::string sizes(std::size_t size, std::size_t limit) {
  return std::to_string(size) + " bytes, limit " + std::to_string(limit);
}

}  // namespace

void write_prefix(std::span<std::uint8_t, kPrefixSize> at, bool compressed, std::size_t size) {
  at[0] = compressed ? 1 : 0;
  at[1] = static_cast<std::uint8_t>(size >> 24);
  at[2] = static_cast<std::uint8_t>(size >> 16);
  at[3] = static_cast<std::uint8_t>(size >> 8);
  at[4] = static_cast<std::uint8_t>(size);
}

void frame_into(std::vector<std::uint8_t>& out, bool compressed,
                std::span<const std::uint8_t> message) {
  std::array<std::uint8_t, kPrefixSize> prefix;
  write_prefix(prefix, compressed, message.size());
  out.reserve(out.size() + prefix.size() + message.size());
  out.insert(out.end(), prefix.begin(), prefix.end());
  out.insert(out.end(), message.begin(), message.end());
}

void seal_frame(std::vector<std::uint8_t>& framed, bool compressed) {
  write_prefix(std::span(framed).first<kPrefixSize>(), compressed, framed.size() - kPrefixSize);
}

Status check_sendable(std::size_t size, std::size_t limit) {
  limit = std::min(limit, kMaxMessage);
  if (size <= limit) return Status();
  return local_status(LocalCause::sent_message_too_large, sizes(size, limit));
}

std::optional<std::span<const std::uint8_t>> only_message(std::span<const std::uint8_t> body,
                                                          std::size_t limit) {
  if (body.size() < kPrefixSize || body[0] != 0) return std::nullopt;
  const auto message = body.subspan(kPrefixSize);
  if (length_of(body.first<kPrefixSize>()) != message.size() || message.size() > limit) {
    return std::nullopt;
  }
  return message;
}

FrameReader::Result FrameReader::next(std::span<const std::uint8_t>& input) {
  if (state_ == State::whole) start_next();
  if (state_ == State::prefix && !read_prefix(input)) return Result::need_more;
  if (state_ == State::failed) return Result::failed;
  return read_body(input);
}

FrameReader::Run FrameReader::take_run(std::span<const std::uint8_t>& input, bool compressed_too) {
  Run run;
  if (state_ == State::whole) start_next();
  if (!fresh()) return run;
  const std::uint8_t most_flag = compressed_too ? 1 : 0;
  std::size_t end = 0;
  while (input.size() - end >= kPrefixSize && input[end] <= most_flag) {
    const std::size_t length = length_of(input.subspan(end).first<kPrefixSize>());
    if (length > limit_ || length > input.size() - end - kPrefixSize) break;
    end += kPrefixSize + length;
    ++run.messages;
  }
  run.bytes = input.first(end);
  input = input.subspan(end);
  return run;
}

std::vector<std::uint8_t> FrameReader::take() {
  if (message_.data() != buffer_.data()) {
    std::vector<std::uint8_t> bytes = detail::take_bytes(message_.size());
    std::copy(message_.begin(), message_.end(), bytes.begin());
    return bytes;
  }
  message_ = {};
  return std::move(buffer_);
}

bool FrameReader::truncated() const {
  return state_ == State::body || (state_ == State::prefix && prefix_size_ != 0);
}

// False: the prefix is not complete.
bool FrameReader::read_prefix(std::span<const std::uint8_t>& input) {
  if (prefix_size_ == 0 && input.size() >= kPrefixSize) {
    accept_prefix(input.first<kPrefixSize>());
    input = input.subspan(kPrefixSize);
    return true;
  }
  const std::size_t missing = kPrefixSize - prefix_size_;
  const auto part = input.first(std::min(missing, input.size()));
  std::copy(part.begin(), part.end(), prefix_.begin() + prefix_size_);
  prefix_size_ = static_cast<std::uint8_t>(prefix_size_ + part.size());
  input = input.subspan(part.size());
  if (prefix_size_ < kPrefixSize) return false;
  accept_prefix(prefix_);
  return true;
}

void FrameReader::accept_prefix(std::span<const std::uint8_t, kPrefixSize> prefix) {
  const std::uint8_t flag = prefix[0];
  if (flag > 1) return fail(local_status(LocalCause::bad_frame_flag, std::to_string(flag)));
  length_ = length_of(prefix);
  if (length_ > limit_) {
    return fail(local_status(LocalCause::received_message_too_large, sizes(length_, limit_)));
  }
  compressed_ = flag == 1;
  state_ = State::body;
}

FrameReader::Result FrameReader::read_body(std::span<const std::uint8_t>& input) {
  const auto part = input.first(std::min(length_ - buffer_.size(), input.size()));
  input = input.subspan(part.size());
  if (part.size() == length_) return finish(part);
  append(part);
  return buffer_.size() == length_ ? finish(buffer_) : Result::need_more;
}

void FrameReader::append(std::span<const std::uint8_t> part) {
  const std::size_t needed = buffer_.size() + part.size();
  if (needed > buffer_.capacity()) {
    const std::size_t most = std::max({needed, 2 * buffer_.capacity(), kFirstReserve});
    const std::size_t wanted = std::min(most, length_);
    if (buffer_.empty() && wanted > kKeptBuffer) buffer_ = detail::take_room(wanted);
    buffer_.reserve(wanted);
  }
  buffer_.insert(buffer_.end(), part.begin(), part.end());
}

void FrameReader::start_next() {
  buffer_.clear();
  if (buffer_.capacity() > kKeptBuffer) buffer_.shrink_to_fit();
  message_ = {};
  prefix_size_ = 0;
  state_ = State::prefix;
}

FrameReader::Result FrameReader::finish(std::span<const std::uint8_t> message) {
  message_ = message;
  state_ = State::whole;
  return Result::message;
}

void FrameReader::fail(Status failure) {
  failure_ = std::move(failure);
  state_ = State::failed;
}

}  // namespace cpp_lite::wire
