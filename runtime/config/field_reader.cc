#include "config/field_reader.h"

#include <cmath>
#include <limits>
#include <utility>

#include "config/duration.h"

namespace cpp_lite::config {
namespace {

std::string_view describe(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return "true or false";
    case JsonNode::Kind::number:
      return "a number";
    case JsonNode::Kind::string:
      return "a string";
    case JsonNode::Kind::array:
      return "an array";
    case JsonNode::Kind::object:
      return "an object";
  }
  return "";
}

Finding finding(Position position, std::string path, std::string text) {
  return {position.line, position.column, std::move(path), std::move(text)};
}

std::uint64_t saturate(double number) {
  constexpr double kTooLarge = 18446744073709551616.0;  // 2^64
  return number >= kTooLarge ? std::numeric_limits<std::uint64_t>::max()
                             : static_cast<std::uint64_t>(number);
}

}  // namespace

void FieldReader::error(const JsonNode& node, std::string text) {
  add(out_.errors, finding(node.position, document_.path(node), std::move(text)));
}

void FieldReader::warn(const JsonNode& node, std::string text) {
  add(out_.warnings, finding(node.position, document_.path(node), std::move(text)));
}

void FieldReader::complain(const JsonNode& node, std::string text) {
  lenient_ ? warn(node, std::move(text)) : error(node, std::move(text));
}

void FieldReader::error_missing(const JsonNode& object, std::string_view key) {
  add(out_.errors, finding(object.position, join_path(document_.path(object), key), "missing"));
}

void FieldReader::warn_missing(const JsonNode& object, std::string_view key, std::string text) {
  add(out_.warnings,
      finding(object.position, join_path(document_.path(object), key), std::move(text)));
}

bool FieldReader::expect(const JsonNode& node, JsonNode::Kind kind) {
  if (node.kind == kind) return true;
  error(node, std::string("must be ").append(describe(kind)));
  return false;
}

const JsonNode* FieldReader::member(const JsonNode& object, std::string_view key,
                                    JsonNode::Kind kind) {
  const JsonNode* const node = document_.find(object, key);
  return node != nullptr && expect(*node, kind) ? node : nullptr;
}

const JsonNode* FieldReader::array(const JsonNode& object, std::string_view key) {
  return member(object, key, JsonNode::Kind::array);
}

const JsonNode* FieldReader::object(const JsonNode& object, std::string_view key) {
  return member(object, key, JsonNode::Kind::object);
}

const JsonNode* FieldReader::string(const JsonNode& object, std::string_view key) {
  return member(object, key, JsonNode::Kind::string);
}

const JsonNode* FieldReader::number(const JsonNode& object, std::string_view key) {
  return member(object, key, JsonNode::Kind::number);
}

std::optional<bool> FieldReader::boolean(const JsonNode& object, std::string_view key) {
  const JsonNode* const node = member(object, key, JsonNode::Kind::boolean);
  if (node == nullptr) return std::nullopt;
  return node->boolean;
}

std::optional<std::uint64_t> FieldReader::count(const JsonNode& object, std::string_view key) {
  const JsonNode* const node = number(object, key);
  if (node == nullptr) return std::nullopt;
  if (node->number != std::floor(node->number)) {
    error(*node, "must be a whole number");
  } else if (node->number < 0) {
    error(*node, "must not be negative");
  } else {
    return saturate(node->number);
  }
  return std::nullopt;
}

std::optional<std::chrono::nanoseconds> FieldReader::duration(const JsonNode& object,
                                                              std::string_view key) {
  const JsonNode* const node = string(object, key);
  if (node == nullptr) return std::nullopt;
  auto duration = parse_duration(node->text);
  if (!duration && node->text.starts_with('.')) {
    duration = parse_duration("0" + node->text);
    if (duration)
      warn(*node, "write " + in_quotes("0" + node->text) + ": a digit belongs before the point");
  }
  if (!duration) {
    error(*node, in_quotes(node->text) + " is not a duration such as \"1.5s\"");
  } else if (*duration < Duration{}) {
    error(*node, "must not be negative");
  } else {
    return to_nanoseconds(*duration);
  }
  return std::nullopt;
}

}  // namespace cpp_lite::config
