// JSON text as a tree whose nodes know where in the text they stand.
//
// A document belongs to whoever parsed it and refers to nothing outside of itself. Reading is
// bounded in depth and size, and throws nothing. The generator compiles this file too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::config {

// Counted from 1; columns are bytes.
struct Position {
  int line = 1;
  int column = 1;
};

struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  Kind kind = Kind::null;
  bool boolean = false;
  double number = 0;
  std::string text;  // a string's value; else empty
  Position position;

  std::uint32_t parent = 0;  // the root is its own
  std::uint32_t index = 0;   // in an array
  std::string key;           // in an object
  std::vector<std::uint32_t> children;
};

struct JsonFault {
  Position position;
  std::string path;
  std::string text;
};

class JsonDocument {
 public:
  static constexpr std::size_t kMaxBytes = 4 << 20;
  static constexpr int kMaxDepth = 64;

  // What is no JSON gives one fault and a document without nodes; equal keys in one object give
  // a fault each, and the first of them is in the tree.
  static JsonDocument parse(std::string_view text);

  const std::vector<JsonFault>& faults() const { return faults_; }
  bool empty() const { return nodes_.empty(); }
  const JsonNode& root() const { return nodes_.front(); }
  const JsonNode& at(std::uint32_t child) const { return nodes_[child]; }

  // A member of an object; null: there is none, or it is a JSON null, or `object` is none.
  const JsonNode* find(const JsonNode& object, std::string_view key) const;
  // "methodConfig[2].name"; empty for the root.
  std::string path(const JsonNode& node) const;

 private:
  friend class JsonBuilder;

  std::vector<JsonNode> nodes_;  // the root first
  std::vector<JsonFault> faults_;
};

// Text from outside for a message: one line, ASCII, not long.
std::string printable(std::string_view text);
// The same between quotes.
std::string in_quotes(std::string_view text);

// "a.b" and "c" are "a.b.c"; a key with odd characters is put between brackets and quotes.
std::string join_path(std::string path, std::string_view key);

}  // namespace cpp_lite::config
