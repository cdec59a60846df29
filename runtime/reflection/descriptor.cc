#include "reflection/descriptor.h"

#include <google/protobuf/io/coded_stream.h>

#include <cstddef>

namespace cpp_lite::reflection {
namespace {

// The fields of one message on the wire, one after another.
class Fields {
 public:
  explicit Fields(std::string_view bytes)
      : all_(bytes),
        in_(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size())) {}

  // False at the end, and where the bytes are no message.
  bool next() {
    const std::uint32_t tag = in_.ReadTag();
    number_ = tag >> 3;
    bytes_ = {};
    switch (tag & 7) {
      case 0:
        return tag != 0 && in_.ReadVarint64(&value_);
      case 1:
        return in_.Skip(8);
      case 2:
        return read_bytes();
      case 5:
        return in_.Skip(4);
      default:
        return false;
    }
  }
  std::uint32_t number() const { return number_; }
  std::uint64_t value() const { return value_; }     // of a varint
  std::string_view bytes() const { return bytes_; }  // of what has a length

 private:
  bool read_bytes() {
    std::uint32_t size = 0;
    if (!in_.ReadVarint32(&size)) return false;
    const auto begin = static_cast<std::size_t>(in_.CurrentPosition());
    if (!in_.Skip(static_cast<int>(size))) return false;
    bytes_ = all_.substr(begin, size);
    return true;
  }

  const std::string_view all_;
  google::protobuf::io::CodedInputStream in_;
  std::uint32_t number_ = 0;
  std::uint64_t value_ = 0;
  std::string_view bytes_;
};

// Numbers of fields, of descriptor.proto. `name` is 1 in all its messages.
constexpr std::uint32_t kName = 1;
namespace file_field {
constexpr std::uint32_t kPackage = 2, kDependency = 3, kMessage = 4, kEnum = 5, kService = 6,
                        kExtension = 7;
}
namespace message_field {
constexpr std::uint32_t kField = 2, kNested = 3, kEnum = 4, kExtension = 6, kOneof = 8;
}
namespace extension_field {
constexpr std::uint32_t kExtendee = 2, kNumber = 3;
}
constexpr std::uint32_t kEnumValue = 2, kMethod = 2;

std::string_view bytes_of(std::string_view message, std::uint32_t number) {
  Fields fields(message);
  while (fields.next()) {
    if (fields.number() == number) return fields.bytes();
  }
  return {};
}

std::string inside(const std::string& scope, std::string_view name) {
  return scope.empty() ? std::string(name) : std::string(scope).append(".").append(name);
}

// What a declaration in `scope` is called. All are symbols.
std::string declare(std::string_view element, const std::string& scope, FileContents& contents) {
  return contents.symbols.emplace_back(inside(scope, bytes_of(element, kName)));
}

// Its values are its siblings.
void read_enum(std::string_view bytes, const std::string& scope, FileContents& contents) {
  declare(bytes, scope, contents);
  for (Fields fields(bytes); fields.next();) {
    if (fields.number() == kEnumValue) declare(fields.bytes(), scope, contents);
  }
}

void read_service(std::string_view bytes, const std::string& scope, FileContents& contents) {
  const std::string name = declare(bytes, scope, contents);
  for (Fields fields(bytes); fields.next();) {
    if (fields.number() == kMethod) declare(fields.bytes(), name, contents);
  }
}

void read_extension(std::string_view bytes, const std::string& scope, FileContents& contents) {
  declare(bytes, scope, contents);
  std::string_view extendee = bytes_of(bytes, extension_field::kExtendee);
  if (extendee.starts_with('.')) extendee.remove_prefix(1);
  std::uint64_t number = 0;
  for (Fields fields(bytes); fields.next();) {
    if (fields.number() == extension_field::kNumber) number = fields.value();
  }
  contents.extensions.push_back({std::string(extendee), static_cast<std::int32_t>(number)});
}

void read_message(std::string_view bytes, const std::string& scope, FileContents& contents) {
  const std::string name = declare(bytes, scope, contents);
  contents.messages.push_back(name);
  for (Fields fields(bytes); fields.next();) {
    switch (fields.number()) {
      case message_field::kField:
      case message_field::kOneof:
        declare(fields.bytes(), name, contents);
        break;
      case message_field::kNested:
        read_message(fields.bytes(), name, contents);
        break;
      case message_field::kEnum:
        read_enum(fields.bytes(), name, contents);
        break;
      case message_field::kExtension:
        read_extension(fields.bytes(), name, contents);
        break;
      default:
        break;
    }
  }
}

}  // namespace

FileContents read_file(std::string_view bytes) {
  FileContents contents;
  contents.name = bytes_of(bytes, kName);
  const std::string package(bytes_of(bytes, file_field::kPackage));
  for (Fields fields(bytes); fields.next();) {
    switch (fields.number()) {
      case file_field::kDependency:
        contents.dependencies.push_back(fields.bytes());
        break;
      case file_field::kMessage:
        read_message(fields.bytes(), package, contents);
        break;
      case file_field::kEnum:
        read_enum(fields.bytes(), package, contents);
        break;
      case file_field::kService:
        read_service(fields.bytes(), package, contents);
        break;
      case file_field::kExtension:
        read_extension(fields.bytes(), package, contents);
        break;
      default:
        break;
    }
  }
  return contents;
}

}  // namespace cpp_lite::reflection
