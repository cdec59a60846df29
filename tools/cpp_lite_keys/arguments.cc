#include "arguments.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cpp_lite::keys {

Arguments Arguments::parse(std::span<const char* const> words) {
  Arguments arguments;
  for (const std::string_view word : words) {
    if (!word.starts_with("--")) {
      arguments.words_.emplace_back(word);
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name(word.substr(2, equals == word.npos ? word.npos : equals - 2));
    std::optional<std::string> value;
    if (equals != word.npos) value = word.substr(equals + 1);
    if (!arguments.options_.emplace(name, std::move(value)).second) arguments.repeated_ = name;
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

Status Arguments::allow(std::size_t words, std::initializer_list<std::string_view> options,
                        std::initializer_list<std::string_view> flags) const {
  const auto wrong = [](std::string why) { return Status(Code::invalid_argument, std::move(why)); };
  for (const auto& [name, value] : options_) {
    const bool is_flag = std::find(flags.begin(), flags.end(), name) != flags.end();
    if (!is_flag && std::find(options.begin(), options.end(), name) == options.end()) {
      return wrong("unknown option --" + name);
    }
    if (is_flag && value) return wrong("--" + name + " takes no value");
    if (!is_flag && !value) return wrong("--" + name + " needs a value: --" + name + "=...");
  }
  if (!repeated_.empty()) return wrong("--" + repeated_ + " is given twice");
  if (words_.size() < words) return wrong("an id is missing");
  if (words_.size() > words) return wrong("what does '" + words_[words] + "' mean here?");
  return {};
}

}  // namespace cpp_lite::keys
