#include "problems.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
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

void Problems::add(const pb::FileDescriptor& file, const SourcePath& path, std::string text) {
  Problem problem{std::string(file.name()), 0, 0, std::move(text)};
  for (SourcePath prefix = path; !prefix.empty(); prefix.pop_back()) {
    pb::SourceLocation location;
    if (!file.GetSourceLocation(prefix, &location)) continue;
    problem.line = location.start_line + 1;
    problem.column = location.start_column + 1;
    break;
  }
  problems_.push_back(std::move(problem));
}

std::string Problems::report() const {
  std::vector<Problem> sorted = problems_;
  std::sort(sorted.begin(), sorted.end());
  std::string text = sorted.size() == 1 ? "1 problem" : std::to_string(sorted.size()) + " problems";
  text += "; no file was written:";
  for (const Problem& problem : sorted) {
    text += "\n" + problem.file;
    if (problem.line > 0) {
      text.append(":").append(std::to_string(problem.line));
      text.append(":").append(std::to_string(problem.column));
    }
    text += ": error: " + problem.text;
  }
  return text;
}

}  // namespace cpp_lite::plugin
