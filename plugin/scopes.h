// Which C++ names are taken where generated code puts its own.
#pragma once

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::plugin {

// The components of the C++ namespace of the file's messages.
std::vector<std::string> namespace_components(const google::protobuf::FileDescriptor& file);

struct ImpossibleComponent {
  std::string name;
  std::string why;  // a sentence's end, with what to do
};

// Components that name no C++ namespace with this libprotoc, whose own output would not compile.
std::vector<ImpossibleComponent> impossible_components(
    const google::protobuf::FileDescriptor& file);

// Components that a compiler has macros for only where GNU's extensions are on, as CMake has them.
std::vector<std::string> gnu_macros(const google::protobuf::FileDescriptor& file);

// True for namespaces that the public headers fill.
bool is_package_of_runtime(std::string_view package);

// What a service's scope cannot be called: the C++ names that protoc makes, in the file's package,
// of messages, enums and extensions of the file and of everything that it imports; names that the
// scope holds itself; and namespaces that code in the package has to reach.
std::set<std::string> taken_by_package(const google::protobuf::FileDescriptor& file);

// What an rpc cannot be called: what Client, Handler and its base class hold. One set for both
// sides, so that an rpc has one name.
const std::set<std::string>& taken_by_stubs();

}  // namespace cpp_lite::plugin
