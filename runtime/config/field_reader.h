// Reads the members of a JSON document as the types that a service config has, and collects what is
// wrong with them. Lives as long as one reading; what it refers to must outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/json.h"
#include "config/service_config.h"

namespace cpp_lite::config {

// Every reader of a member gives nothing if it is absent or null (as in proto3 JSON), and also if
// it is wrong; then it has been reported.
class FieldReader {
 public:
  FieldReader(const JsonDocument& document, Mode mode, Parsed& out)
      : document_(document), lenient_(mode == Mode::lenient), out_(out) {}

  bool lenient() const { return lenient_; }
  const JsonDocument& document() const { return document_; }

  void error(const JsonNode& node, std::string text);
  void warn(const JsonNode& node, std::string text);
  // An error in strict mode, a warning in lenient mode.
  void complain(const JsonNode& node, std::string text);
  // Of a member that is not there. The position is the object's.
  void error_missing(const JsonNode& object, std::string_view key);
  void warn_missing(const JsonNode& object, std::string_view key, std::string text);

  const JsonNode* array(const JsonNode& object, std::string_view key);
  const JsonNode* object(const JsonNode& object, std::string_view key);
  const JsonNode* string(const JsonNode& object, std::string_view key);
  const JsonNode* number(const JsonNode& object, std::string_view key);
  std::optional<bool> boolean(const JsonNode& object, std::string_view key);
  // A whole number that is not negative, 5.0 included; what is too large is the largest there is.
  std::optional<std::uint64_t> count(const JsonNode& object, std::string_view key);
  // Not negative. ".5s" is read with a warning (docs/rules.md, "Service configs").
  std::optional<std::chrono::nanoseconds> duration(const JsonNode& object, std::string_view key);

  // The same member again, for saying more about it.
  bool has(const JsonNode& object, std::string_view key) const {
    return document_.find(object, key) != nullptr;
  }

  // False, and an error, if a node is of another kind.
  bool expect(const JsonNode& node, JsonNode::Kind kind);

 private:
  const JsonNode* member(const JsonNode& object, std::string_view key, JsonNode::Kind kind);

  const JsonDocument& document_;
  const bool lenient_;
  Parsed& out_;
};

}  // namespace cpp_lite::config
