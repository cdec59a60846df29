// Header fields out of fuzz input: one per line, "name: value"; the value may hold anything but a
// line end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite::wire {

class FieldLines {
 public:
  FieldLines(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      const std::size_t colon = line.find(": ");
      if (colon != std::string_view::npos) {
        fields_.emplace_back(line.substr(0, colon), line.substr(colon + 2));
      }
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }

  std::size_t size() const { return fields_.size(); }
  std::string_view name(std::size_t i) const { return fields_[i].first; }
  std::string_view value(std::size_t i) const { return fields_[i].second; }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

}  // namespace cpp_lite::wire
