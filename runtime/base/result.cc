#include <cpp_lite/result.h>

#include <cstdio>
#include <cstdlib>

namespace cpp_lite::detail {

void die_of(const Status& status) {
  std::fprintf(stderr, "cpp_lite: read the value of a Result that holds an error: %s\n",
               status.to_string().c_str());
  std::abort();
}

}  // namespace cpp_lite::detail
