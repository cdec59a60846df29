// A .proto of one method whose request may hold a key, and what becomes of it.
#pragma once

#include <cstddef>
#include <string>

#include "bad_proto.h"

namespace cpp_lite::plugin {

class KeyedProto : public BadProto {
 protected:
  // A method M whose request has these fields. Its options of ours begin in line 14.
  static std::string with_request(const std::string& fields, const std::string& options = "",
                                  const std::string& signature = "(Q) returns (Q)") {
    return "syntax = \"proto3\";\n"
           "package bad;\n"
           "import \"cpp_lite/options.proto\";\n"
           "import \"google/protobuf/descriptor.proto\";\n"
           "message FieldInfo { int32 format = 1; }\n"
           "extend google.protobuf.FieldOptions {\n"
           "  FieldInfo field_info = 291403980;\n"
           "  repeated int32 field_behavior = 1052;\n"
           "}\n"
           "message Inner { string key = 1; }\n"
           "message Q { " +
           fields + " }\nservice S {\n  rpc M" + signature + " {\n" + options + "  }\n}\n";
  }

  // What stands in the table behind the path.
  std::string row() const {
    const std::string text = header(), start = "{.path = \"/bad.S/M\"";
    const std::size_t from = text.find(start) + start.size();
    return text.substr(from, text.find("},\n", from) - from);
  }

  // What the source says of it to the server: "{.effects = ..., .shapes = request_0}", without
  // namespaces and shapes.
  std::string policy() const {
    std::string text = workspace_.read("out/bad.lite.cc");
    const std::string start = "::KeyPolicy key_0 = ", shapes = ".shapes = request_0";
    std::size_t from = text.find(start);
    if (from == std::string::npos) return "";
    from += start.size();
    text = text.substr(from, text.find(";\n", from) - from);
    for (const std::string& noise :
         {std::string("::cpp_lite::"), std::string("::std::chrono::"), shapes}) {
      for (std::size_t at; (at = text.find(noise)) != std::string::npos;) {
        text.erase(at, noise.size());
      }
    }
    return text;
  }

  static std::string key_error(const std::string& text, const std::string& id = "CL031") {
    return summary(1) + "bad.proto:14:5: error: [" + id + "] method bad.S.M: " + text + "\n";
  }
};

}  // namespace cpp_lite::plugin
