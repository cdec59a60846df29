#include "field_info.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/unknown_field_set.h>

#include <cstdint>
#include <string>

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

// Numbers of googleapis: google/api/field_info.proto and google/api/field_behavior.proto. They are
// registered with protobuf, so nobody else has them.
constexpr int kFieldInfo = 291403980;
constexpr int kFormat = 1;  // of FieldInfo
constexpr std::uint64_t kUuid4 = 1;
constexpr int kFieldBehavior = 1052;
constexpr std::uint64_t kRequired = 2;

// Options of others are unknown fields here, because the plugin has no code for them.
const pb::UnknownFieldSet& unknown_options(const pb::FieldDescriptor& field) {
  const pb::FieldOptions& options = field.options();
  return options.GetReflection()->GetUnknownFields(options);
}

bool packed_contains(const std::string& bytes, std::uint64_t wanted) {
  pb::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                              static_cast<int>(bytes.size()));
  std::uint64_t value = 0;
  while (in.ReadVarint64(&value)) {
    if (value == wanted) return true;
  }
  return false;
}

}  // namespace

bool is_uuid4(const pb::FieldDescriptor& field) {
  const pb::UnknownFieldSet& options = unknown_options(field);
  std::uint64_t format = 0;
  for (int i = 0; i < options.field_count(); ++i) {
    const pb::UnknownField& option = options.field(i);
    pb::UnknownFieldSet info;
    if (option.number() != kFieldInfo) continue;
    if (option.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) continue;
    if (!info.ParseFromString(std::string(option.length_delimited()))) continue;
    for (int k = 0; k < info.field_count(); ++k) {
      const pb::UnknownField& part = info.field(k);
      const bool is_format =
          part.number() == kFormat && part.type() == pb::UnknownField::TYPE_VARINT;
      if (is_format) format = part.varint();  // the last one counts
    }
  }
  return format == kUuid4;
}

bool is_required(const pb::FieldDescriptor& field) {
  const pb::UnknownFieldSet& options = unknown_options(field);
  for (int i = 0; i < options.field_count(); ++i) {
    const pb::UnknownField& option = options.field(i);
    if (option.number() != kFieldBehavior) continue;
    if (option.type() == pb::UnknownField::TYPE_VARINT && option.varint() == kRequired) return true;
    if (option.type() == pb::UnknownField::TYPE_LENGTH_DELIMITED &&
        packed_contains(std::string(option.length_delimited()), kRequired)) {
      return true;
    }
  }
  return false;
}

}  // namespace cpp_lite::plugin
