// The command line: words, flags (--name) and options with a value (--name=value).
#pragma once

#include <cpp_lite/result.h>

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::keys {

class Arguments {
 public:
  static Arguments parse(std::span<const char* const> words);

  const std::vector<std::string>& words() const { return words_; }
  bool has(std::string_view flag) const { return options_.contains(flag); }
  // nullopt: not given.
  std::optional<std::string> value(std::string_view option) const;
  Result<std::size_t> number(std::string_view option, std::size_t otherwise) const;
  // INVALID_ARGUMENT: there is something else, or something twice, or an option without a value, or
  // a flag with one.
  Status allow(std::size_t words, std::initializer_list<std::string_view> options = {},
               std::initializer_list<std::string_view> flags = {}) const;

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::optional<std::string>, std::less<>> options_;  // flags: no value
  std::string repeated_;  // one of those that came twice
};

}  // namespace cpp_lite::keys
