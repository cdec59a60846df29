#include "arguments.h"

#include <algorithm>
#include <charconv>

namespace cpp_lite::keys {

Arguments Arguments::parse(std::span<const char* const> words) {
  Arguments arguments;
  for (const std::string_view word : words) {
    if (!word.starts_with("--")) {
      arguments.words_.emplace_back(word);
      continue;
    }
    const std::size_t equals = std::min(word.find('='), word.size());
    arguments.options_[std::string(word.substr(2, equals - 2))] =
        word.substr(std::min(equals + 1, word.size()));
  }
  return arguments;
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  const auto found = options_.find(option);
  if (found == options_.end()) return std::nullopt;
  return found->second;
}

Result<std::size_t> Arguments::number(std::string_view option, std::size_t otherwise) const {
  const std::optional<std::string> text = value(option);
  if (!text) return otherwise;
  std::size_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc() && rest == end) return number;
  return Status(Code::invalid_argument, "--" + std::string(option) + " is no number: " + *text);
}

Status Arguments::allow(std::initializer_list<std::string_view> options) const {
  for (const auto& [name, value] : options_) {
    if (std::find(options.begin(), options.end(), name) == options.end()) {
      return {Code::invalid_argument, "unknown option --" + name};
    }
  }
  return {};
}

}  // namespace cpp_lite::keys
