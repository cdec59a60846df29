#include "parameters.h"

#include <google/protobuf/compiler/code_generator.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "config/duration.h"
#include "names.h"

namespace cpp_lite::plugin {
namespace {

// Each setter returns what is wrong with the value, or nothing.
using Setter = std::string (*)(Parameters&, const std::string& value);

std::string given(const std::string& key, const std::string& value) {
  return key + "=" + value + ": ";
}

std::string set_flag(bool& flag, std::string_view key, const std::string& value) {
  if (!value.empty() && value != "true" && value != "false") {
    return given(std::string(key), value) + "expected true or false";
  }
  flag = value != "false";
  return "";
}

// The prefix ends up between quotes in an #include.
bool is_path(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c < '\x7f' &&
           std::string_view("\"\\<>*?|").find(c) == std::string_view::npos;
  });
}

std::string set_include_prefix(Parameters& to, const std::string& value) {
  if (!is_path(value)) {
    return given("include_prefix", value) +
           "expected a path of ASCII with /, and without \"\\<>*?| or control characters";
  }
  to.include_prefix = value.empty() || value.ends_with('/') ? value : value + "/";
  return "";
}

std::string set_default_timeout(Parameters& to, const std::string& value) {
  const auto duration = config::parse_duration(value);
  if (!duration || *duration <= config::Duration{}) {
    return given("default_timeout", value) + "expected seconds such as 0.5s or 30s";
  }
  to.default_timeout = config::to_nanoseconds(*duration);
  return "";
}

std::string set_dllexport_decl(Parameters& to, const std::string& value) {
  if (!is_identifier(value) || is_keyword(value)) {
    return given("dllexport_decl", value) + "expected the name of a macro";
  }
  to.dllexport_decl = value;
  return "";
}

std::string set_aip155(Parameters& to, const std::string& value) {
  if (value == "off") {
    to.aip155 = Aip155::off;
  } else if (value == "client") {
    to.aip155 = Aip155::client;
  } else if (value == "strict") {
    to.aip155 = Aip155::strict;
  } else {
    return given("aip155", value) + "expected off, client or strict";
  }
  return "";
}

std::string set_retry_config(Parameters& to, const std::string& value) {
  if (value.empty()) return given("retry_config", value) + "expected the name of a file";
  to.retry_config = value;
  return "";
}

// "CL014+CL040". What is an error stays one.
std::string set_no_warn(Parameters& to, const std::string& value) {
  constexpr std::string_view kWarnings[] = {"CL011", "CL014", "CL016", "CL019",
                                            "CL040", "CL050", "CL060"};
  for (std::size_t start = 0; start <= value.size();) {
    const std::size_t end = std::min(value.find('+', start), value.size());
    const std::string id = value.substr(start, end - start);
    if (std::find(std::begin(kWarnings), std::end(kWarnings), id) == std::end(kWarnings)) {
      return given("no_warn", value) +
             "expected warnings joined by +, of CL011, CL014, CL016, CL019, CL040, CL050, CL060";
    }
    to.no_warn.insert(id);
    start = end + 1;
  }
  return "";
}

struct Option {
  std::string_view key;
  std::string_view usage;
  Setter set;
};

constexpr Option kOptions[] = {
    {"include_prefix", "include_prefix=DIR/      put DIR/ in front of the file's own .pb.h",
     set_include_prefix},
    {"keep_empty_files", "keep_empty_files         write files for a .proto without services too",
     [](Parameters& to, const std::string& value) {
       return set_flag(to.keep_empty_files, "keep_empty_files", value);
     }},
    {"default_timeout",
     "default_timeout=5s       for methods to which nothing else gives a timeout",
     set_default_timeout},
    {"require_timeout", "require_timeout          a method without a timeout is an error",
     [](Parameters& to, const std::string& value) {
       return set_flag(to.require_timeout, "require_timeout", value);
     }},
    {"dllexport_decl", "dllexport_decl=MACRO     put MACRO in front of class names",
     set_dllexport_decl},
    {"aip155",
     "aip155=off|client|strict a request_id of format UUID4: nothing; a key that clients make\n"
     "                             (default); the same, and an error where no key is declared",
     set_aip155},
    {"retry_config",
     "retry_config=FILE        a gRPC service config (JSON) for what no .proto says",
     set_retry_config},
    {"retry_config_lenient",
     "retry_config_lenient     take what is doubtful in it with a warning, or leave it out",
     [](Parameters& to, const std::string& value) {
       return set_flag(to.retry_config_lenient, "retry_config_lenient", value);
     }},
    {"reflection",
     "reflection               handlers hold their descriptors, for cpp_lite::reflection",
     [](Parameters& to, const std::string& value) {
       return set_flag(to.reflection, "reflection", value);
     }},
    {"no_warn", "no_warn=CL014+CL040      do not print these warnings", set_no_warn},
};

std::string apply(Parameters& to, const std::string& key, const std::string& value) {
  std::string known;
  for (const Option& option : kOptions) {
    if (option.key == key) return option.set(to, value);
    known += (known.empty() ? "" : ", ") + std::string(option.key);
  }
  return "unknown option \"" + key + "\" (known: " + known + ")";
}

}  // namespace

ParsedParameters parse_parameters(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  google::protobuf::compiler::ParseGeneratorParameter(text, &pairs);
  ParsedParameters result;
  for (const auto& [key, value] : pairs) {
    const std::string error = apply(result.value, key, value);
    if (error.empty()) continue;
    if (!result.error.empty()) result.error += "\n";
    result.error += error;
  }
  return result;
}

std::string describe_parameters() {
  std::string text;
  for (const Option& option : kOptions) text += "  " + std::string(option.usage) + "\n";
  return text;
}

}  // namespace cpp_lite::plugin
