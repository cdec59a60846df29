// The command lines of the examples: --name=value, --name for what is false otherwise, and --help.
// Anything else ends the program.
#pragma once

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

namespace examples {

// The flags that a program knows, each with its default; those of the command line replace them.
using Flags = std::map<std::string, std::string, std::less<>>;

inline Flags parse_flags(int argc, char** argv, const std::string& usage, Flags flags) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help") {
      std::cout << usage;
      std::exit(0);
    }
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    const auto known = name.starts_with("--") ? flags.find(name.substr(2)) : flags.end();
    if (known != flags.end() && equals == argument.npos && known->second == "false") {
      known->second = "true";
      continue;
    }
    if (known == flags.end() || equals == argument.npos) {
      std::cerr << "not understood: " << argument << "\n" << usage;
      std::exit(2);
    }
    known->second = argument.substr(equals + 1);
  }
  return flags;
}

}  // namespace examples
