#include "embedded.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "text.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

constexpr std::string_view kDefinition = R"(

::std::span<const ::std::string_view> $service$::Handler::embedded_files() const {
  $body$
}
)";

constexpr std::string_view kBody = R"(
static constexpr ::std::string_view files[] = {
  $files$
};
return files;
)";

void collect(const pb::FileDescriptor& file, std::vector<const pb::FileDescriptor*>& files) {
  if (std::find(files.begin(), files.end(), &file) != files.end()) return;
  files.push_back(&file);
  for (int i = 0; i < file.dependency_count(); ++i) collect(*file.dependency(i), files);
}

// Octal, because such an escape ends after three digits whatever follows.
void append_escaped(std::string& text, char c) {
  if (c >= ' ' && c < '\x7f' && std::string_view("\"\\?").find(c) == std::string_view::npos) {
    text += c;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  text += '\\';
  for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + (byte >> shift & 7));
}

// "..." in lines, and the size, because there are zeros in it.
std::string literal(const std::string& bytes) {
  constexpr std::size_t kLongestLine = 100;
  std::string text, line;
  for (const char c : bytes) {
    append_escaped(line, c);
    if (line.size() < kLongestLine) continue;
    text += "\"" + line + "\"\n";
    line.clear();
  }
  return "{" + text + "\"" + line + "\", " + std::to_string(bytes.size()) + "},\n";
}

std::string body(const File& file, const Service& service) {
  const Service& first = file.services.front();
  if (&service != &first) return "return " + first.scope + "::Handler().embedded_files();\n";
  std::string files;
  for (const std::string& bytes : file.embedded) files += literal(bytes);
  return fill(kBody, {{"files", files}});
}

}  // namespace

OriginalFiles original_files(const pb::compiler::CodeGeneratorRequest& request) {
  OriginalFiles files;
  for (const pb::FileDescriptorProto& file : request.proto_file()) files[file.name()] = file;
  return files;
}

std::vector<std::string> embedded_files(const pb::FileDescriptor& file,
                                        const OriginalFiles& originals) {
  std::vector<const pb::FileDescriptor*> files;
  collect(file, files);
  std::vector<std::string> result;
  for (const pb::FileDescriptor* each : files) {
    const auto original = originals.find(std::string(each->name()));
    pb::FileDescriptorProto proto;
    if (original != originals.end()) {
      proto = original->second;
    } else {
      each->CopyTo(&proto);
    }
    proto.clear_source_code_info();
    result.push_back(proto.SerializeAsString());
  }
  return result;
}

std::string embedded_declaration(const File& file) {
  if (file.embedded.empty()) return "";
  return "::std::span<const ::std::string_view> embedded_files() const final;\n";
}

std::string embedded_definition(const File& file, const Service& service) {
  if (file.embedded.empty()) return "";
  return fill(kDefinition, {{"service", service.cpp_name}, {"body", body(file, service)}});
}

}  // namespace cpp_lite::plugin
