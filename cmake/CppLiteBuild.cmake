# How this project itself is compiled: warnings, sanitizers, where binaries land.
# Nothing here reaches users of the library.

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
endif()

add_library(cpp_lite_build_flags INTERFACE)
target_compile_features(cpp_lite_build_flags INTERFACE cxx_std_20)
target_compile_options(cpp_lite_build_flags INTERFACE
  -Wall -Wextra -Wconversion
  $<$<BOOL:${CPP_LITE_WERROR}>:-Werror>)

if(CPP_LITE_SANITIZE)
  add_compile_options(-fsanitize=${CPP_LITE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CPP_LITE_SANITIZE})
endif()
if(CPP_LITE_BUILD_FUZZERS)
  # Coverage feedback from the library itself; a fuzz target adds -fsanitize=fuzzer for the driver. Clang 14 does not compile
  # coroutines with both this and the check of function types ("Cannot represent a difference across sections").
  add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize=function)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
