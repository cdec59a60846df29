// The flags that all gRPC interop programs share: --name=value.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace interop {

class Flags {
 public:
  Flags(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      std::string_view argument = argv[i];
      argument.remove_prefix(argument.find_first_not_of('-'));
      const std::size_t equals = argument.find('=');
      values_[std::string(argument.substr(0, equals))] =
          equals == std::string_view::npos ? "true" : std::string(argument.substr(equals + 1));
    }
  }
  std::string get(const std::string& name, std::string otherwise = {}) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace interop
