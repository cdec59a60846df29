// The plugin protocol: a serialized CodeGeneratorRequest in, a CodeGeneratorResponse out.
#pragma once

#include <string>

namespace cpp_lite::plugin {

struct Answer {
  std::string response;  // serialized; meaningless if `failure` is not empty
  std::string failure;   // the request itself is broken; problems of a .proto are in `response`
  std::string warnings;  // for stderr: the protocol has no place for them
};

// Stands in for libprotoc's PluginMain, because libprotoc before 27 refuses files that use
// editions, although services depend on nothing that editions change.
Answer answer_request(const std::string& request);

}  // namespace cpp_lite::plugin
