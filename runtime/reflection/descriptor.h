// Reads of a serialized FileDescriptorProto what reflection has to know, from the bytes: programs
// over the lite runtime have no descriptors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::reflection {

struct Extension {
  std::string extendee;  // full name, without a dot in front
  std::int32_t number = 0;
};

// The views point into the bytes.
struct FileContents {
  std::string_view name;
  std::vector<std::string_view> dependencies;
  // Full names: all that the file declares; the messages among that.
  std::vector<std::string> symbols;
  std::vector<std::string> messages;
  std::vector<Extension> extensions;
};

// What cannot be read is left out.
FileContents read_file(std::string_view bytes);

}  // namespace cpp_lite::reflection
