#include <cstddef>
#include <iostream>
#include <span>

#include "arguments.h"
#include "commands.h"
#include "kind.h"

int main(int argc, char** argv) {
  using namespace cpp_lite;
  const std::span words(argv, static_cast<std::size_t>(argc));
  const keys::Arguments arguments = keys::Arguments::parse(words.subspan(1));
  if (arguments.has("help")) {
    std::cout << keys::kUsage;
    for (const keys::Kind* kind : keys::kinds()) std::cout << " " << kind->form;
    std::cout << "\n";
    return 0;
  }
  const Status status = keys::run(arguments, std::cout);
  if (!status.ok()) std::cerr << "cpp-lite-keys: " << status.message() << "\n";
  if (status.code() == Code::invalid_argument) std::cerr << "cpp-lite-keys --help tells more\n";
  return keys::exit_code_of(status);
}
