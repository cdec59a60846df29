// For the examples that prove what they say: prints each sentence, and remembers whether all held.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace examples {

class Checks {
 public:
  void that(bool holds, std::string_view sentence) {
    std::cout << (holds ? "ok    " : "WRONG ") << sentence << std::endl;
    all_ = all_ && holds;
  }
  // For main().
  int exit_code() const { return all_ ? EXIT_SUCCESS : EXIT_FAILURE; }

 private:
  bool all_ = true;
};

}  // namespace examples
