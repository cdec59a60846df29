// Messages that become bytes and back, or do not: then, the statuses.
#pragma once

#include <cpp_lite/status.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace google::protobuf {
class MessageLite;
}

namespace cpp_lite::base {

// `what` is "request" or "response". For a message that serialize() refused.
Status not_serializable(std::string_view what, const google::protobuf::MessageLite& message);
Status not_parsable(std::string_view what, std::string_view type);
// What the next read of a stream gave: true, and it is in `message`; or `message` is empty, because
// there is nothing, or no such message. The memory of the bytes goes back.
bool parse_next(std::optional<std::vector<std::uint8_t>>& bytes,
                google::protobuf::MessageLite& message);

}  // namespace cpp_lite::base
