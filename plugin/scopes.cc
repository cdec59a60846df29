#include "scopes.h"

#include <google/protobuf/compiler/code_generator.h>
#include <google/protobuf/compiler/cpp/names.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "names.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

using Names = std::set<std::string>;

// Types of C's and the system's headers, which a file without a package shares its namespace with.
constexpr const char* kGlobalTypes[] = {
    "FILE",      "clock_t",    "div_t",   "fpos_t",    "int16_t",  "int32_t",  "int64_t",
    "int8_t",    "itimerspec", "lconv",   "ldiv_t",    "lldiv_t",  "locale_t", "max_align_t",
    "mbstate_t", "off_t",      "pid_t",   "ptrdiff_t", "sigset_t", "size_t",   "ssize_t",
    "time_t",    "timespec",   "timeval", "timezone",  "tm",       "uid_t",    "uint16_t",
    "uint32_t",  "uint64_t",   "uint8_t", "wint_t"};

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
  return parts;
}

void collect(const pb::EnumDescriptor& type, Names& names) {
  const std::string name = pb::compiler::cpp::ClassName(&type);
  names.insert(name);
  for (const char* suffix : {"_IsValid", "_Name", "_Parse", "_descriptor", "_MIN", "_MAX",
                             "_ARRAYSIZE", "_descriptor_table"}) {
    names.insert(name + suffix);
  }
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string value = pb::compiler::cpp::EnumValueName(type.value(i));
    names.insert(type.containing_type() == nullptr ? value : name + "_" + value);
  }
}

void collect(const pb::Descriptor& type, Names& names) {
  const std::string name = pb::compiler::cpp::ClassName(&type);
  names.insert(name);
  names.insert(name + "DefaultTypeInternal");
  for (int i = 0; i < type.nested_type_count(); ++i) collect(*type.nested_type(i), names);
  for (int i = 0; i < type.enum_type_count(); ++i) collect(*type.enum_type(i), names);
}

void collect(const pb::FieldDescriptor& extension, Names& names) {
  std::string constant = std::string("k").append(extension.camelcase_name()).append("FieldNumber");
  if (constant[1] >= 'a' && constant[1] <= 'z') constant[1] = static_cast<char>(constant[1] - 32);
  names.insert(constant);
  names.insert(pb::compiler::cpp::FieldName(&extension));
}

void collect(const pb::FileDescriptor& file, const pb::FileDescriptor& home,
             std::set<const pb::FileDescriptor*>& seen, Names& names) {
  if (!seen.insert(&file).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) {
    collect(*file.dependency(i), home, seen, names);
  }
  if (file.package() != home.package()) return;
  for (int i = 0; i < file.message_type_count(); ++i) collect(*file.message_type(i), names);
  for (int i = 0; i < file.enum_type_count(); ++i) collect(*file.enum_type(i), names);
  for (int i = 0; i < file.extension_count(); ++i) collect(*file.extension(i), names);
}

// What newer versions of libprotoc put a "_" behind.
bool escapes_components(std::string_view name) {
#if GOOGLE_PROTOBUF_VERSION >= 5027000
  return is_keyword(name) || name == "NULL";
#else
  static_cast<void>(name);
  return false;
#endif
}

}  // namespace

std::vector<std::string> namespace_components(const pb::FileDescriptor& file) {
#if GOOGLE_PROTOBUF_VERSION >= 4022000
  return split(pb::compiler::cpp::Namespace(&file), "::");
#else
  return split(file.package(), ".");
#endif
}

std::vector<ImpossibleComponent> impossible_components(const pb::FileDescriptor& file) {
  std::vector<ImpossibleComponent> result;
  for (const std::string& component : split(std::string(file.package()), ".")) {
    if (escapes_components(component)) continue;
    if (is_keyword(component)) {
      result.push_back({component, "a word of C++; rename it, or use protobuf 27 or newer"});
    } else if (component == "EOF" || component == "NULL" || component == "errno") {
      result.push_back({component, "a macro of C's headers; rename it"});
    }
  }
  return result;
}

std::vector<std::string> gnu_macros(const pb::FileDescriptor& file) {
  std::vector<std::string> result = split(std::string(file.package()), ".");
  std::erase_if(result, [](const auto& name) { return name != "linux" && name != "unix"; });
  return result;
}

bool is_package_of_runtime(std::string_view package) {
  const auto is_within = [&](std::string_view name) {
    return package.starts_with(name) &&
           (package.size() == name.size() || package[name.size()] == '.');
  };
  return package == "cpp_lite" || is_within("cpp_lite.detail") ||
         is_within("cpp_lite.idempotency") || is_within("cpp_lite.testing");
}

std::set<std::string> taken_by_package(const pb::FileDescriptor& file) {
  // A class `std` in a package would hide the real one from the package's .pb.h files and from its
  // users' code.
  Names names = {"Client", "Handler", "full_name", "methods", "std", "google", "cpp_lite"};
  if (std::string_view(file.package()).empty())
    names.insert(std::begin(kGlobalTypes), std::end(kGlobalTypes));
  std::set<const pb::FileDescriptor*> seen;
  collect(file, file, seen, names);
  return names;
}

const std::set<std::string>& taken_by_stubs() {
  static const Names names = {"Client",         "Handler",      "Service",   "channel_",
                              "routes",         "service_name", "full_name", "methods",
                              "embedded_files", "on_serve",     "on_drain"};
  return names;
}

}  // namespace cpp_lite::plugin
