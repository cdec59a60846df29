#include <cpp_lite/block.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/message.h>
#include <google/protobuf/message_lite.h>

#include <limits>
#include <string>

#include "base/message_status.h"

namespace cpp_lite::detail {
namespace {

constexpr std::size_t kMostBytes = std::numeric_limits<int>::max();  // protobuf counts in int

}  // namespace

std::optional<std::vector<std::uint8_t>> serialize(const google::protobuf::MessageLite& message) {
  if (!message.IsInitialized()) return std::nullopt;
  const std::size_t size = message.ByteSizeLong();
  if (size > kMostBytes) return std::nullopt;
  std::vector<std::uint8_t> bytes = take_bytes(kMessagePrefix + size);
  message.SerializeWithCachedSizesToArray(bytes.data() + kMessagePrefix);
  return bytes;
}

// Not ParseFromArray(): that prints to stderr when a required field is missing, and what comes from
// the network must not be able to fill a log.
bool parse(std::span<const std::uint8_t> bytes, google::protobuf::MessageLite& message) {
  if (bytes.size() > kMostBytes) return false;
  return message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
         message.IsInitialized();
}

}  // namespace cpp_lite::detail

namespace cpp_lite::base {

Status not_serializable(std::string_view what, const google::protobuf::MessageLite& message) {
  const char* why = message.IsInitialized() ? ": over 2 GiB" : ": required fields are missing";
  std::string words(what);
  words.append(" cannot be serialized: ").append(message.GetTypeName()).append(why);
  return Status(Code::internal, std::move(words));
}

Status not_parsable(std::string_view what, std::string_view type) {
  std::string words(what);
  words.append(" cannot be parsed: it is no ").append(type);
  return Status(Code::internal, std::move(words));
}

bool parse_next(std::optional<std::vector<std::uint8_t>>& bytes,
                google::protobuf::MessageLite& message) {
  const bool good = bytes && detail::parse(*bytes, message);
  if (bytes) detail::give_bytes(std::move(*bytes));
  if (!good) message.Clear();
  return good;
}

}  // namespace cpp_lite::base
