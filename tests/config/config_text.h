// Service configs in few words: documents that are valid but for what a test puts into them.
#pragma once

#include <string>

#include "config/service_config.h"

namespace cpp_lite::config {

// The document with one methodConfig of these members.
inline std::string with_method(const std::string& members) {
  return R"({"methodConfig": [{"name": [{"service": "a.B"}], )" + members + "}]}";
}

// A retryPolicy with one member said differently; an empty value leaves it out.
inline std::string with_retry(const std::string& key, const std::string& value) {
  std::string members;
  const std::string usual[][2] = {{"maxAttempts", "4"},
                                  {"initialBackoff", R"("0.1s")"},
                                  {"maxBackoff", R"("2s")"},
                                  {"backoffMultiplier", "1.5"},
                                  {"retryableStatusCodes", R"(["UNAVAILABLE"])"}};
  for (const auto& [name, usual_value] : usual) {
    const std::string& said = name == key ? value : usual_value;
    if (said.empty()) continue;
    members.append(members.empty() ? "" : ", ").append("\"" + name + "\": ").append(said);
  }
  return with_method("\"retryPolicy\": {" + members + "}");
}

// The errors, or else the warnings, without their positions: "path: text" a line.
inline std::string paths_and_texts(const std::vector<Finding>& findings) {
  std::string lines;
  for (const Finding& finding : findings) {
    lines.append(lines.empty() ? "" : "\n").append(finding.path + ": " + finding.text);
  }
  return lines;
}

inline std::string errors(const std::string& json, Mode mode = Mode::strict) {
  return paths_and_texts(parse_service_config(json, mode).errors);
}

inline std::string warnings(const std::string& json, Mode mode = Mode::strict) {
  return paths_and_texts(parse_service_config(json, mode).warnings);
}

}  // namespace cpp_lite::config
