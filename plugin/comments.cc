#include "comments.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cpp_lite::plugin {
namespace {

struct CodePoint {
  std::uint32_t value;
  std::size_t length;  // in bytes; 0 where the bytes are not UTF-8
};

constexpr std::array<std::uint32_t, 5> kSmallestOfLength = {0, 0, 0x80, 0x800, 0x10000};

std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

// Decodes the code point at the front of `text`, which is not empty.
CodePoint decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = length_of(first);
  if (length == 0 || length > text.size()) return {0, 0};
  if (length == 1) return {first, 1};
  std::uint32_t value = first & (0x7Fu >> length);
  for (const char c : text.substr(1, length - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0u) != 0x80u) return {0, 0};
    value = (value << 6u) | (byte & 0x3Fu);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallestOfLength[length] || value > 0x10FFFF || surrogate) return {0, 0};
  return {value, length};
}

// Bidi controls make source read other than it compiles, and GCC warns of them.
bool is_bidi_control(std::uint32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
         c == 0x200F || c == 0x061C;
}

bool is_control(std::uint32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

// Tabs and the line ends of Unicode, which become spaces so that words stay apart.
bool is_gap(std::uint32_t c) { return c == '\t' || c == 0x85 || c == 0x2028 || c == 0x2029; }

// Without controls and bytes that are not UTF-8.
std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint c = decode(text);
    const std::size_t length = std::max<std::size_t>(c.length, 1);
    if (is_gap(c.value)) {
      out += ' ';
    } else if (c.length > 0 && !is_control(c.value) && !is_bidi_control(c.value)) {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// Words that tools obey when they meet them in a comment.
void disarm(std::string& line) {
  replace_all(line, "@@protoc_insertion_point", "@ @protoc_insertion_point");
  replace_all(line, "NOLINT", "NO LINT");
  replace_all(line, "clang-format o", "clang-format  o");
  replace_all(line, "IWYU pragma", "IWYU  pragma");
}

// A backslash at the end would pull the next line of code into the comment. GCC lets blanks follow
// it, so blanks go first.
std::string to_line(std::string_view text) {
  std::string line = printable(text);
  line.erase(line.find_last_not_of(' ') + 1);
  disarm(line);
  if (line.ends_with('\\') || line.ends_with("?\?/")) line += " .";
  const bool continues = line.empty() || line.front() == ' ' || line.front() == '/';
  return (continues ? "//" : "// ") + line;
}

}  // namespace

std::string to_comment(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(to_line(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto is_blank = [](const std::string& line) { return line == "//"; };
  const auto first = std::find_if_not(lines.begin(), lines.end(), is_blank);
  const auto last = std::find_if_not(lines.rbegin(), lines.rend(), is_blank).base();
  std::string out;
  for (auto line = first; line < last; ++line) out += *line + "\n";
  return out;
}

std::string to_comment(const Comments& comments) {
  std::string out;
  for (const std::string& detached : comments.detached) {
    if (const std::string text = to_comment(detached); !text.empty()) out += text + "\n";
  }
  const std::string leading = to_comment(comments.leading);
  return out + (leading.empty() ? to_comment(comments.trailing) : leading);
}

}  // namespace cpp_lite::plugin
