#include "text.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace cpp_lite::plugin {
namespace {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// The indentation that all lines share; blank lines have no say.
std::size_t common_indentation(const std::vector<std::string_view>& lines) {
  std::size_t common = std::string_view::npos;
  for (const std::string_view line : lines) {
    if (indentation(line) < line.size()) common = std::min(common, indentation(line));
  }
  return common;
}

const std::string& find_hole(const Holes& holes, std::string_view name) {
  const auto hole = holes.find(name);
  if (hole == holes.end()) {
    throw std::invalid_argument("template: nobody fills $" + std::string(name) + "$");
  }
  return hole->second;
}

bool is_block(std::string_view line) {
  line.remove_prefix(indentation(line));
  return line.size() > 2 && line.front() == '$' && line.find('$', 1) == line.size() - 1;
}

void append_block(std::string& out, std::string_view line, const Holes& holes) {
  const std::size_t margin = indentation(line);
  line.remove_prefix(margin + 1);
  line.remove_suffix(1);
  for (const std::string_view part : split_lines(find_hole(holes, line))) {
    if (!part.empty()) out.append(margin, ' ').append(part);
    out += '\n';
  }
}

void append_line(std::string& out, std::string_view line, const Holes& holes) {
  for (;;) {
    const std::size_t begin = line.find('$');
    out += line.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const std::size_t end = line.find('$', begin + 1);
    if (end == std::string_view::npos) throw std::invalid_argument("template: unpaired $");
    out += find_hole(holes, line.substr(begin + 1, end - begin - 1));
    line.remove_prefix(end + 1);
  }
  out += '\n';
}

}  // namespace

std::string fill(std::string_view text, const Holes& holes) {
  if (text.starts_with('\n')) text.remove_prefix(1);
  const auto lines = split_lines(text);
  const std::size_t common = common_indentation(lines);
  std::string out;
  for (std::string_view line : lines) {
    line.remove_prefix(std::min(common, line.size()));
    if (is_block(line)) {
      append_block(out, line, holes);
    } else {
      append_line(out, line, holes);
    }
  }
  return out;
}

std::string number_literal(double number) {
  char text[32];
  return {text, std::to_chars(std::begin(text), std::end(text), number).ptr};
}

}  // namespace cpp_lite::plugin
