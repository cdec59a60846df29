// What is wrong with the .proto files of one run: gathered from everywhere, reported at once,
// sorted by position. A list that one GenerateAll owns.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::plugin {

// Where an element stands in its file: the path of google.protobuf.SourceCodeInfo.Location, which
// alternates field numbers of descriptor.proto and indices.
using SourcePath = std::vector<int>;

SourcePath path_of(const google::protobuf::ServiceDescriptor& service);
SourcePath path_of(const google::protobuf::MethodDescriptor& method);

// `path` with more steps at its end.
SourcePath extend(SourcePath path, const SourcePath& steps);

class Problems {
 public:
  // The position is that of the deepest prefix of `path` that has one, because protoc records a
  // position for each dotted option but only one for a whole "= { ... }".
  void add(const google::protobuf::FileDescriptor& file, const SourcePath& path, std::string text);

  bool empty() const { return problems_.empty(); }

  // A summary line, because protoc and buf put their own words in front of the first line only;
  // then one line per problem: "file:line:col: error: text", which editors can jump to.
  std::string report() const;

 private:
  struct Problem {
    std::string file;
    int line;  // both count from 1; 0 where the request holds no positions
    int column;
    std::string text;

    auto operator<=>(const Problem&) const = default;
  };

  std::vector<Problem> problems_;
};

}  // namespace cpp_lite::plugin
