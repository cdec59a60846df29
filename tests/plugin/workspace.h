// A temporary folder with .proto files, and protoc with the plugin run in it as users run them.
// Owned by one test; the folder goes away with it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::plugin {

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;
};

using Strings = std::vector<std::string>;

class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& name, std::string_view text) const;
  std::string read(const std::string& name) const;
  bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }

  // Runs a program in the folder, with `input` on its standard input.
  Outcome run(const Strings& command, std::string_view input = "") const;

  // protoc --cpp-lite_out=OUT for these .proto files; `more` are further arguments.
  Outcome generate(const Strings& protos, const Strings& more = {},
                   const std::string& out = "out") const;

 private:
  std::filesystem::path path_;
};

// Paths that the build gives to the tests.
std::string plugin_path();
std::string protoc_path();
std::string options_dir();      // holds cpp_lite/options.proto
std::string options_pb_dir();   // holds cpp_lite/options.pb.h
std::string runtime_include();  // holds cpp_lite/generated.h

}  // namespace cpp_lite::plugin
