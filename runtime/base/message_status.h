// The statuses of messages that do not become bytes, and of bytes that do not become messages.
#pragma once

#include <cpp_lite/status.h>

#include <string_view>

namespace google::protobuf {
class MessageLite;
}

namespace cpp_lite::base {

// `what` is "request" or "response". For a message that serialize() refused.
Status not_serializable(std::string_view what, const google::protobuf::MessageLite& message);
Status not_parsable(std::string_view what, std::string_view type);

}  // namespace cpp_lite::base
