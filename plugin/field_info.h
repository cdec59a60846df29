// What Google's API annotations say of a field, read without their .proto files.
#pragma once

#include <google/protobuf/descriptor.h>

namespace cpp_lite::plugin {

// (google.api.field_info).format = UUID4
bool is_uuid4(const google::protobuf::FieldDescriptor& field);

// (google.api.field_behavior) = REQUIRED
bool is_required(const google::protobuf::FieldDescriptor& field);

}  // namespace cpp_lite::plugin
