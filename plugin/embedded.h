// Descriptors in generated code, for servers that describe themselves (parameter reflection).
#pragma once

#include <google/protobuf/compiler/plugin.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <string>
#include <vector>

#include "model.h"

namespace cpp_lite::plugin {

// Files by name, as they came: what this libprotoc does not know of is still in them.
using OriginalFiles = std::map<std::string, google::protobuf::FileDescriptorProto>;
OriginalFiles original_files(const google::protobuf::compiler::CodeGeneratorRequest& request);

// The file, then what it imports, directly or not: serialized, without positions and comments.
// Names for JSON stay, the usual ones too, because grpcurl does not make them up.
std::vector<std::string> embedded_files(const google::protobuf::FileDescriptor& file,
                                        const OriginalFiles& originals);

// A member of Handler and its definition; nothing if nothing is embedded.
std::string embedded_declaration(const File& file);
std::string embedded_definition(const File& file, const Service& service);

}  // namespace cpp_lite::plugin
