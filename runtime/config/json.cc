#include "config/json.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

namespace cpp_lite::config {
namespace {

constexpr std::size_t kMaxPrinted = 80;

// How far the parser got.
struct Progress {
  std::size_t consumed = 0;
  bool saw_the_end = false;
};

class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Progress* progress) : at_(at), progress_(progress) {}

  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++progress_->consumed;
    return *this;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    if (a.at_ != b.at_) return false;
    a.progress_->saw_the_end = true;
    return true;
  }

 private:
  const char* at_;
  Progress* progress_;
};

// Turns offsets that only grow into lines and columns.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}

  Position at(std::size_t offset) {
    for (; offset_ < offset; ++offset_) {
      if (text_[offset_] != '\n') continue;
      ++line_;
      line_begin_ = offset_ + 1;
    }
    return {line_, static_cast<int>(offset - line_begin_) + 1};
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0, line_begin_ = 0;
  int line_ = 1;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_plain(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

// nlohmann's text without its number and position, which are said elsewhere.
std::string reason(std::string_view what) {
  if (const auto begin = what.find("syntax error"); begin != std::string_view::npos) {
    what.remove_prefix(begin);
  } else if (const auto end = what.find("] "); end != std::string_view::npos) {
    what.remove_prefix(end + 2);
  }
  return "not JSON: " + printable(what);
}

}  // namespace

// The receiver of nlohmann's SAX events: false stops the parser.
class JsonBuilder {
 public:
  JsonBuilder(std::string_view text, JsonDocument& document)
      : text_(text), lines_(text), document_(document) {
    if (text.starts_with("\xEF\xBB\xBF")) token_end_ = 3;
  }

  CountingIterator begin() { return {text_.data(), &progress_}; }
  CountingIterator end() { return {text_.data() + text_.size(), &progress_}; }

  bool null() {
    add(JsonNode::Kind::null);
    return true;
  }
  bool boolean(bool value) {
    add(JsonNode::Kind::boolean).boolean = value;
    return true;
  }
  bool number_integer(std::int64_t value) { return number(static_cast<double>(value)); }
  bool number_unsigned(std::uint64_t value) { return number(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) { return number(value); }
  bool string(std::string& value) {
    add(JsonNode::Kind::string).text = std::move(value);
    return true;
  }
  bool binary(std::vector<std::uint8_t>&) { return false; }  // not in text

  bool start_object(std::size_t) { return open(JsonNode::Kind::object); }
  bool start_array(std::size_t) { return open(JsonNode::Kind::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& key) {
    key_position_ = token();
    key_ = std::move(key);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    // The token that was not understood ends, or is broken, where the parser is now.
    const std::size_t last = progress_.consumed - (progress_.saw_the_end ? 0 : 1);
    return stop(lines_.at(std::min(next_token(), last)), reason(error.what()));
  }
  // The parser takes a NUL for the end of the text.
  void finish() {
    if (progress_.consumed < text_.size()) {
      stop(lines_.at(progress_.consumed - 1), "not JSON: a NUL byte");
    }
  }

 private:
  struct Open {
    std::uint32_t node;
    std::unordered_map<std::string, int> keys;  // of an object, with their lines
  };

  bool stop(Position position, std::string text) {
    const std::string path =
        open_.empty() ? "" : document_.path(document_.nodes_[open_.back().node]);
    document_.nodes_.clear();
    document_.faults_.assign(1, {position, path, std::move(text)});
    return false;
  }

  // Where the token begins that follows the last one that was reported: separators are not.
  std::size_t next_token() const {
    return std::min(text_.find_first_not_of(" \t\r\n,:", token_end_), text_.size());
  }

  // Where the token that was just read begins.
  Position token(bool is_number = false) {
    const std::size_t begin = next_token();
    token_end_ = progress_.consumed;
    // A number is over only when something else was read.
    if (is_number && !is_digit(text_[token_end_ - 1])) --token_end_;
    return lines_.at(begin);
  }

  // The second of two equal keys is put aside: its node has a parent, but no place among its
  // children.
  JsonNode& add(JsonNode::Kind kind) {
    JsonNode node;
    node.kind = kind;
    node.position = token(kind == JsonNode::Kind::number);
    const auto id = static_cast<std::uint32_t>(document_.nodes_.size());
    if (!open_.empty() && place(node)) document_.nodes_[open_.back().node].children.push_back(id);
    document_.nodes_.push_back(std::move(node));
    return document_.nodes_.back();
  }

  // Gives a node its place below the innermost open one; false: that place is taken.
  bool place(JsonNode& node) {
    Open& open = open_.back();
    const JsonNode& parent = document_.nodes_[open.node];
    node.parent = open.node;
    if (parent.kind == JsonNode::Kind::array) {
      node.index = static_cast<std::uint32_t>(parent.children.size());
      return true;
    }
    node.key = key_;
    const auto [first, is_new] = open.keys.try_emplace(key_, key_position_.line);
    if (!is_new) {
      document_.faults_.push_back(
          {key_position_, join_path(document_.path(parent), key_),
           "this key is in line " + std::to_string(first->second) + " already"});
    }
    return is_new;
  }

  bool number(double value) {
    add(JsonNode::Kind::number).number = value;
    return true;
  }

  bool open(JsonNode::Kind kind) {
    const Position position = add(kind).position;
    if (open_.size() == JsonDocument::kMaxDepth) {
      return stop(position, "deeper than " + std::to_string(JsonDocument::kMaxDepth) + " levels");
    }
    open_.push_back({static_cast<std::uint32_t>(document_.nodes_.size() - 1), {}});
    return true;
  }

  bool close() {
    token();
    open_.pop_back();
    return true;
  }

  const std::string_view text_;
  Progress progress_;          // of the parser
  std::size_t token_end_ = 0;  // behind the last token that was reported
  LineCounter lines_;
  JsonDocument& document_;
  std::vector<Open> open_;  // from the root to the innermost
  std::string key_;         // of the member whose value comes next
  Position key_position_;
};

JsonDocument JsonDocument::parse(std::string_view text) {
  JsonDocument document;
  if (text.size() > kMaxBytes) {
    document.faults_.push_back({{}, "", "larger than " + std::to_string(kMaxBytes >> 20) + " MiB"});
    return document;
  }
  JsonBuilder builder(text, document);
  if (nlohmann::json::sax_parse(builder.begin(), builder.end(), &builder)) builder.finish();
  return document;
}

const JsonNode* JsonDocument::find(const JsonNode& object, std::string_view key) const {
  if (object.kind != JsonNode::Kind::object) return nullptr;
  for (const std::uint32_t child : object.children) {
    const JsonNode& node = nodes_[child];
    if (node.key == key) return node.kind == JsonNode::Kind::null ? nullptr : &node;
  }
  return nullptr;
}

std::string JsonDocument::path(const JsonNode& node) const {
  if (&node == &nodes_.front()) return "";
  const JsonNode& parent = nodes_[node.parent];
  if (parent.kind == JsonNode::Kind::array) {
    return path(parent) + "[" + std::to_string(node.index) + "]";
  }
  return join_path(path(parent), node.key);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxPrinted)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out.append("\\x").append({kDigits[byte >> 4U], kDigits[byte & 15U]});
    }
  }
  return text.size() > kMaxPrinted ? out + "..." : out;
}

std::string in_quotes(std::string_view text) {
  std::string out(1, '"');
  return out.append(printable(text)).append(1, '"');
}

std::string join_path(std::string path, std::string_view key) {
  if (key.empty() || !std::all_of(key.begin(), key.end(), is_plain)) {
    return std::move(path) + "[\"" + printable(key) + "\"]";
  }
  return path.empty() ? printable(key) : std::move(path) + "." + printable(key);
}

}  // namespace cpp_lite::config
