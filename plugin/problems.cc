#include "problems.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

SourcePath path_of(const pb::ServiceDescriptor& service) {
  return {pb::FileDescriptorProto::kServiceFieldNumber, service.index()};
}

SourcePath path_of(const pb::MethodDescriptor& method) {
  return extend(path_of(*method.service()),
                {pb::ServiceDescriptorProto::kMethodFieldNumber, method.index()});
}

SourcePath extend(SourcePath path, const SourcePath& steps) {
  path.insert(path.end(), steps.begin(), steps.end());
  return path;
}

namespace {

// The first position that is recorded for anything below `path`.
std::optional<pb::SourceLocation> first_below(const pb::FileDescriptor& file,
                                              const SourcePath& path) {
  pb::FileDescriptorProto proto;
  file.CopySourceCodeInfoTo(&proto);
  std::optional<pb::SourceLocation> first;
  for (const auto& location : proto.source_code_info().location()) {
    if (location.path_size() <= static_cast<int>(path.size()) || location.span_size() < 3) continue;
    if (!std::equal(path.begin(), path.end(), location.path().begin())) continue;
    const std::pair start(location.span(0), location.span(1));
    if (first && start >= std::pair(first->start_line, first->start_column)) continue;
    first.emplace();
    std::tie(first->start_line, first->start_column) = start;
  }
  return first;
}

std::optional<pb::SourceLocation> location_of(const pb::FileDescriptor& file,
                                              const SourcePath& path) {
  pb::SourceLocation location;
  if (file.GetSourceLocation(path, &location)) return location;
  return first_below(file, path);
}

}  // namespace

Position position_of(const pb::FileDescriptor& file, const SourcePath& path) {
  Position position{std::string(file.name())};
  for (SourcePath prefix = path; !prefix.empty(); prefix.pop_back()) {
    const auto location = location_of(file, prefix);
    if (!location) continue;
    position.line = location->start_line + 1;
    position.column = location->start_column + 1;
    break;
  }
  return position;
}

void Problems::add(const pb::FileDescriptor& file, const SourcePath& path, std::string text) {
  const Position at = position_of(file, path);
  errors_.push_back({at.file, at.line, at.column, std::move(text)});
}

void Problems::add(Severity severity, const Position& at, std::string_view id,
                   std::string_view text) {
  if (severity == Severity::warning && silenced_.contains(std::string(id))) return;
  std::string words = "[";
  words.append(id).append("] ").append(text);
  auto& list = severity == Severity::error ? errors_ : warnings_;
  list.push_back({at.file, at.line, at.column, std::move(words)});
}

std::string Problems::lines(std::vector<Problem> problems, const char* word) {
  std::sort(problems.begin(), problems.end());
  std::string text;
  for (const Problem& problem : problems) {
    text += problem.file;
    if (problem.line > 0) {
      text.append(":").append(std::to_string(problem.line));
      text.append(":").append(std::to_string(problem.column));
    }
    text.append(": ").append(word).append(": ").append(problem.text).append("\n");
  }
  return text;
}

std::string Problems::report() const {
  std::string text =
      errors_.size() == 1 ? "1 problem" : std::to_string(errors_.size()) + " problems";
  text += "; no file was written:\n" + lines(errors_, "error");
  text.pop_back();  // protoc ends the line
  return text;
}

std::string Problems::warnings() const { return lines(warnings_, "warning"); }

}  // namespace cpp_lite::plugin
