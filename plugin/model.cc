#include "model.h"

#include <google/protobuf/compiler/code_generator.h>
#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "comments.h"
#include "names.h"
#include "scopes.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

std::string comment_of(const pb::SourceLocation& location) {
  return to_comment(Comments{
      {location.leading_detached_comments.begin(), location.leading_detached_comments.end()},
      location.leading_comments,
      location.trailing_comments});
}

template <typename Descriptor>
std::string comment_of(const Descriptor& element) {
  pb::SourceLocation location;
  return element.GetSourceLocation(&location) ? comment_of(location) : "";
}

// Licences stand above `syntax` (or `edition`) or above `package`.
std::string licence_of(const pb::FileDescriptor& file) {
  constexpr int kSyntax = 12, kEdition = 14, kPackage = 2;  // fields of FileDescriptorProto
  std::string text;
  for (const int field : {kSyntax, kEdition, kPackage}) {
    pb::SourceLocation location;
    if (!file.GetSourceLocation({field}, &location)) continue;
    location.trailing_comments.clear();
    std::string comment = comment_of(location);
    while (comment.ends_with("\n\n")) comment.pop_back();
    if (!comment.empty()) text += "\n" + comment;
  }
  return text;
}

std::string type_name(const pb::MethodDescriptor& method, const pb::Descriptor& type, int field,
                      Problems& problems) {
  if (type.options().map_entry()) {
    problems.add(*method.service()->file(), extend(path_of(method), {field}),
                 "method " + std::string(method.full_name()) + ": " +
                     std::string(type.full_name()) +
                     " is the entry of a map, which is no message of its own");
  }
  return pb::compiler::cpp::QualifiedClassName(&type);
}

Method make_method(const pb::MethodDescriptor& method, const Run& run) {
  using Proto = pb::MethodDescriptorProto;
  const std::string name(method.name());
  Method result;
  result.name = name;
  result.path = std::string("/").append(method.service()->full_name()) + "/" + name;
  result.request =
      type_name(method, *method.input_type(), Proto::kInputTypeFieldNumber, run.problems);
  result.response =
      type_name(method, *method.output_type(), Proto::kOutputTypeFieldNumber, run.problems);
  result.client_streams = method.client_streaming();
  result.server_streams = method.server_streaming();
  result.deprecated = method.options().deprecated();
  result.comment = comment_of(method);
  result.policy = resolve_policy(method, run);
  return result;
}

void name_methods(Service& service) {
  std::vector<std::string> names;
  for (const Method& method : service.methods) names.push_back(method.name);
  names = allocate(names, taken_by_stubs());
  for (std::size_t i = 0; i < names.size(); ++i) service.methods[i].cpp_name = names[i];
}

Service make_service(const pb::ServiceDescriptor& service, const Run& run) {
  check_defaults(service, run.problems);
  Service result;
  result.name = std::string(service.name());
  result.full_name = std::string(service.full_name());
  result.deprecated = service.options().deprecated();
  result.comment = comment_of(service);
  for (int i = 0; i < service.method_count(); ++i) {
    result.methods.push_back(make_method(*service.method(i), run));
  }
  name_methods(result);
  return result;
}

void name_services(const pb::FileDescriptor& file, File& result) {
  std::vector<std::string> names;
  for (const Service& service : result.services) names.push_back(service.name);
  names = allocate(names, taken_by_package(file));
  const std::string outside =
      result.cpp_namespace.empty() ? "::" : "::" + result.cpp_namespace + "::";
  for (std::size_t i = 0; i < names.size(); ++i) {
    result.services[i].cpp_name = names[i];
    result.services[i].scope = outside + names[i];
  }
}

// Without a package, what a file declares stands in the global namespace, beside the runtime's.
void check_global_names(const pb::FileDescriptor& file, Problems& problems) {
  using Proto = pb::FileDescriptorProto;
  const auto check = [&](std::string_view name, const char* what, const SourcePath& path) {
    if (name != "cpp_lite") return;
    problems.add(file, path,
                 std::string(what) +
                     " cpp_lite has the name of the runtime's namespace; put it into a package");
  };
  for (int i = 0; i < file.message_type_count(); ++i) {
    check(file.message_type(i)->name(), "message", {Proto::kMessageTypeFieldNumber, i});
  }
  for (int i = 0; i < file.enum_type_count(); ++i) {
    const pb::EnumDescriptor& type = *file.enum_type(i);
    check(type.name(), "enum", {Proto::kEnumTypeFieldNumber, i});
    for (int value = 0; value < type.value_count(); ++value) {
      check(type.value(value)->name(), "enum value",
            {Proto::kEnumTypeFieldNumber, i, pb::EnumDescriptorProto::kValueFieldNumber, value});
    }
  }
  for (int i = 0; i < file.extension_count(); ++i) {
    check(file.extension(i)->name(), "extension", {Proto::kExtensionFieldNumber, i});
  }
}

void check_package(const pb::FileDescriptor& file, Problems& problems) {
  const std::string package(file.package());
  const auto complain = [&](const std::string& text) {
    problems.add(file, {pb::FileDescriptorProto::kPackageFieldNumber}, "package " + package + text);
  };
  for (const auto& [component, what] : impossible_components(file)) {
    complain(": protoc makes a namespace of \"" + component + "\", " + what);
  }
  if (is_package_of_runtime(package)) complain(" is the runtime's own namespace; use another one");
  for (const std::string& component : gnu_macros(file)) {
    const Position at = position_of(file, {pb::FileDescriptorProto::kPackageFieldNumber});
    problems.add(Severity::warning, at, "CL060",
                 "package " + package + ": \"" + component +
                     "\" is a macro of GNU C++; compile without extensions (-std=c++20, " +
                     "CMAKE_CXX_EXTENSIONS OFF), or with -U" + component);
  }
}

// The path ends up in comments and between the quotes of an #include.
void check_path(const pb::FileDescriptor& file, Problems& problems) {
  const std::string path(file.name());
  if (std::none_of(path.begin(), path.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == '"' || c == '\\';
      })) {
    return;
  }
  problems.add(file, {}, "the file's name has a control character, a quote or a backslash in it");
}

void check_file(const pb::FileDescriptor& file, Problems& problems) {
  using Proto = pb::FileDescriptorProto;
  check_package(file, problems);
  if (std::string_view(file.package()).empty()) check_global_names(file, problems);
  if (file.options().cc_generic_services()) {
    problems.add(file, {Proto::kOptionsFieldNumber, pb::FileOptions::kCcGenericServicesFieldNumber},
                 "cc_generic_services makes protoc declare classes of the services' names; "
                 "remove the option");
  }
}

std::string join(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

}  // namespace

File make_model(const pb::FileDescriptor& file, const Run& run) {
  File result;
  result.path = std::string(file.name());
  result.stem = pb::compiler::StripProto(result.path);
  result.identifier = file_identifier(result.path);
  result.cpp_namespace = join(namespace_components(file), "::");
  result.message_header = run.parameters.include_prefix + result.stem + ".pb.h";
  result.dllexport_decl = run.parameters.dllexport_decl;
  result.deprecated = file.options().deprecated();
  result.licence = licence_of(file);
  check_path(file, run.problems);
  if (file.service_count() > 0) check_file(file, run.problems);
  check_defaults(file, run.problems);
  for (int i = 0; i < file.service_count(); ++i) {
    result.services.push_back(make_service(*file.service(i), run));
  }
  name_services(file, result);
  return result;
}

}  // namespace cpp_lite::plugin
