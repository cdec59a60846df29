// A message that is a text, and its bytes.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/message.h>
#include <google/protobuf/wrappers.pb.h>

#include <string>
#include <utility>

namespace cpp_lite {

using google::protobuf::StringValue;

inline StringValue text(std::string value) {
  StringValue message;
  message.set_value(std::move(value));
  return message;
}

// Without the five bytes in front of a message.
inline Bytes on_the_wire(const google::protobuf::MessageLite& message) {
  Bytes bytes = *detail::serialize(message);
  return Bytes(bytes.begin() + kMessagePrefix, bytes.end());
}

}  // namespace cpp_lite
