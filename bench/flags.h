// The command lines of the programs in bench/: --name=value or --name, which is --name=1. Anything
// else ends the program.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace bench {

class Flags {
 public:
  // The flags that there are, each with its default.
  using Known = std::map<std::string, std::string, std::less<>>;

  Flags(int argc, char** argv, Known known) : values_(std::move(known)) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument = argv[i];
      const std::size_t equals = argument.find('=');
      const auto flag =
          argument.starts_with("--")
              ? values_.find(argument.substr(2, equals == argument.npos ? equals : equals - 2))
              : values_.end();
      if (flag == values_.end()) refuse(argv[0], argument);
      flag->second = equals == argument.npos ? "1" : argument.substr(equals + 1);
    }
  }

  const std::string& text(std::string_view name) const { return values_.find(name)->second; }
  bool set(std::string_view name) const { return text(name) != "0"; }
  long number(std::string_view name) const { return std::strtol(text(name).c_str(), nullptr, 10); }
  double real(std::string_view name) const { return std::strtod(text(name).c_str(), nullptr); }

 private:
  [[noreturn]] void refuse(const char* program, std::string_view argument) const {
    std::fprintf(stderr, "%s does not understand %.*s. It knows, with these defaults:\n", program,
                 static_cast<int>(argument.size()), argument.data());
    for (const auto& [name, value] : values_) {
      std::fprintf(stderr, "  --%s=%s\n", name.c_str(), value.c_str());
    }
    std::exit(2);
  }

  Known values_;
};

}  // namespace bench
