// Which C++ names are taken where generated code puts its own.
#pragma once

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <vector>

namespace cpp_lite::plugin {

// The components of the C++ namespace of the file's messages.
std::vector<std::string> namespace_components(const google::protobuf::FileDescriptor& file);

// Components that name no C++ namespace with this libprotoc, whose own output would not compile.
std::vector<std::string> impossible_components(const google::protobuf::FileDescriptor& file);

// What a service's scope cannot be called: the C++ names that protoc makes, in the file's package,
// of messages, enums and extensions of the file and of everything that it imports; names that the
// scope holds itself; and namespaces that code in the package has to reach.
std::set<std::string> taken_by_package(const google::protobuf::FileDescriptor& file);

// What an rpc cannot be called: what Client, Handler and its base class hold. One set for both
// sides, so that an rpc has one name.
const std::set<std::string>& taken_by_stubs();

}  // namespace cpp_lite::plugin
