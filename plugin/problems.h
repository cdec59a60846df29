// What is wrong, or looks wrong, with the .proto files of one run: gathered from everywhere,
// reported at once, sorted by position. A list that one GenerateAll owns.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite::plugin {

// Where an element stands in its file: the path of google.protobuf.SourceCodeInfo.Location, which
// alternates field numbers of descriptor.proto and indices.
using SourcePath = std::vector<int>;

SourcePath path_of(const google::protobuf::ServiceDescriptor& service);
SourcePath path_of(const google::protobuf::MethodDescriptor& method);

// `path` with more steps at its end.
SourcePath extend(SourcePath path, const SourcePath& steps);

struct Position {
  std::string file;
  int line = 0;  // both count from 1; 0 where the request holds no positions
  int column = 0;
};

// That of the deepest prefix of `path` that has one, or has one below it (then the first of these):
// protoc records a position for each dotted option but none for what they are parts of, and only
// one for a whole "= { ... }".
Position position_of(const google::protobuf::FileDescriptor& file, const SourcePath& path);

enum class Severity { error, warning };

class Problems {
 public:
  // `silenced`: ids of warnings that nobody wants to see.
  explicit Problems(std::set<std::string> silenced = {}) : silenced_(std::move(silenced)) {}

  // What the generator cannot do; it has no id.
  void add(const google::protobuf::FileDescriptor& file, const SourcePath& path, std::string text);
  // One of the checks of docs/guide/generator.md.
  void add(Severity severity, const Position& at, std::string_view id, std::string_view text);

  // No errors.
  bool empty() const { return errors_.empty(); }
  std::size_t size() const { return errors_.size() + warnings_.size(); }

  // A summary line, because protoc and buf put their own words in front of the first line only;
  // then one line per error: "file:line:col: error: text", which editors can jump to.
  std::string report() const;
  // One line each, with its end: "file:line:col: warning: [CL040] text". Often empty.
  std::string warnings() const;

 private:
  struct Problem {
    std::string file;
    int line;
    int column;
    std::string text;

    auto operator<=>(const Problem&) const = default;
  };

  static std::string lines(std::vector<Problem> problems, const char* word);

  const std::set<std::string> silenced_;
  std::vector<Problem> errors_;
  std::vector<Problem> warnings_;
};

}  // namespace cpp_lite::plugin
