// The plugin's parameters: what --cpp-lite_opt and the part before the ":" of --cpp-lite_out say.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

namespace cpp_lite::plugin {

// What a request_id field of format UUID4 (AIP-155) means for a method that says nothing itself.
enum class Aip155 {
  off,     // nothing
  client,  // to the client, it is the key of the call
  strict,  // that the method has to say something
};

struct Parameters {
  std::string include_prefix;     // in front of the file's own .pb.h; ends with "/" unless empty
  bool keep_empty_files = false;  // writes output for files without services too
  std::optional<std::chrono::nanoseconds> default_timeout;  // of methods that no .proto gives one
  bool require_timeout = false;  // a method without a timeout is an error
  std::string dllexport_decl;    // a macro in front of class names, as protoc's own parameter
  Aip155 aip155 = Aip155::client;
  std::string retry_config;  // a file; empty: none
  bool retry_config_lenient = false;
  bool reflection = false;        // handlers hold their descriptors
  std::set<std::string> no_warn;  // ids of warnings that are not printed
};

struct ParsedParameters {
  Parameters value;
  std::string error;  // one line per problem; empty when all is well
};

// `text` is the joined list "a=b,c,d=e". What is not understood is an error, because a misspelled
// option would go unnoticed otherwise.
ParsedParameters parse_parameters(const std::string& text);

// One line per parameter, for --help.
std::string describe_parameters();

}  // namespace cpp_lite::plugin
