// How the conformance runner talks to the programs under test: messages on stdin and stdout, each
// behind its length in four bytes, big endian.
#pragma once

#include <google/protobuf/message_lite.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace conformance {

// False at the end of the input, or when what comes is no such message.
inline bool read_message(std::FILE* in, google::protobuf::MessageLite& message) {
  unsigned char prefix[4];
  if (std::fread(prefix, 1, sizeof prefix, in) != sizeof prefix) return false;
  std::uint32_t size = 0;
  for (const unsigned char byte : prefix) size = size << 8 | byte;
  std::string bytes(size, '\0');
  if (std::fread(bytes.data(), 1, size, in) != size) return false;
  return message.ParseFromString(bytes);
}

inline bool write_message(std::FILE* out, const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  const auto size = static_cast<std::uint32_t>(bytes.size());
  const unsigned char prefix[4] = {
      static_cast<unsigned char>(size >> 24), static_cast<unsigned char>(size >> 16),
      static_cast<unsigned char>(size >> 8), static_cast<unsigned char>(size)};
  return std::fwrite(prefix, 1, sizeof prefix, out) == sizeof prefix &&
         std::fwrite(bytes.data(), 1, size, out) == size && std::fflush(out) == 0;
}

}  // namespace conformance
