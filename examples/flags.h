// The command lines of the examples: --name=value, and --help. Anything else ends the program.
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
    const bool named = argument.starts_with("--") && equals != argument.npos;
    const auto known = named ? flags.find(argument.substr(2, equals - 2)) : flags.end();
    if (known == flags.end()) {
      std::cerr << "not understood: " << argument << "\n" << usage;
      std::exit(2);
    }
    known->second = argument.substr(equals + 1);
  }
  return flags;
}

}  // namespace examples
