// Between protobuf messages and the runtime's bytes. Compiled once, on MessageLite.
#pragma once

#include <cpp_lite/export.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace google::protobuf {
class MessageLite;
}

namespace cpp_lite::detail {

// The serialized message behind kMessagePrefix free bytes; nullopt when it cannot be serialized (a
// proto2 required field is missing, or it is over 2 GiB).
CPP_LITE_API std::optional<std::vector<std::uint8_t>> serialize(
    const google::protobuf::MessageLite& message);
// False: these bytes are no such message.
CPP_LITE_API bool parse(std::span<const std::uint8_t> bytes,
                        google::protobuf::MessageLite& message);

}  // namespace cpp_lite::detail
