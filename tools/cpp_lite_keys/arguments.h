// The command line: words, and options of the form --name or --name=value.
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
  bool has(std::string_view option) const { return options_.contains(option); }
  // nullopt: not given.
  std::optional<std::string> value(std::string_view option) const;
  Result<std::size_t> number(std::string_view option, std::size_t otherwise) const;
  // INVALID_ARGUMENT: there is an option that is none of these.
  Status allow(std::initializer_list<std::string_view> options) const;

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::string, std::less<>> options_;
};

}  // namespace cpp_lite::keys
