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

# cpp_lite_unity(TARGET SIZE): its sources in units of that size, where CPP_LITE_UNITY says so. g++ then takes what stands in a
# source for what stands in a header, and warns of its unnamed namespaces.
function(cpp_lite_unity target size)
  if(CPP_LITE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

if(CPP_LITE_SANITIZE)
  add_compile_options(-fsanitize=${CPP_LITE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CPP_LITE_SANITIZE})
  # Clang 14 does not compile coroutines with the check of function types ("Cannot represent a difference across sections"),
  # and its check of vptrs would make every server link the library of keyed stores.
  add_compile_options("$<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function,vptr>")
endif()

# Headers that nearly every source of a room includes, parsed once: a third of the time of a build from nothing. What a source
# includes must still be right: the release preset builds without.
#   cpp_lite_precompile(ROOM [LIBS targets...] HEADERS [["a.h"]] <b> ...)   in ROOM's CMakeLists.txt
#   cpp_lite_precompiled(ROOM targets...)                                   for targets with the flags of those LIBS
# What ccache asks for, or it does not know the compiled headers again.
set(CPP_LITE_PRECOMPILED_FLAGS "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>"
                               $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
set(CPP_LITE_PRECOMPILE "" CACHE STRING "Rooms that precompile headers: runtime, tests, examples")
function(cpp_lite_precompile room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBS;HEADERS")
  if(NOT room IN_LIST CPP_LITE_PRECOMPILE)
    return()
  endif()
  set(empty ${CMAKE_CURRENT_BINARY_DIR}/${room}_headers.cc)
  file(CONFIGURE OUTPUT ${empty} CONTENT "// The precompiled headers of ${room}.\n")
  add_library(cpp_lite_${room}_headers OBJECT ${empty})
  target_link_libraries(cpp_lite_${room}_headers PRIVATE ${arg_LIBS} cpp_lite_build_flags)
  target_precompile_headers(cpp_lite_${room}_headers PRIVATE ${arg_HEADERS})
  target_compile_options(cpp_lite_${room}_headers PRIVATE ${CPP_LITE_PRECOMPILED_FLAGS})
endfunction()
function(cpp_lite_precompiled room)
  if(TARGET cpp_lite_${room}_headers)
    foreach(target IN LISTS ARGN)
      target_precompile_headers(${target} REUSE_FROM cpp_lite_${room}_headers)
      target_compile_options(${target} PRIVATE ${CPP_LITE_PRECOMPILED_FLAGS})
    endforeach()
  endif()
endfunction()

if(CPP_LITE_BUILD_FUZZERS)
  # Coverage feedback from the library itself; a fuzz target adds -fsanitize=fuzzer for the driver.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
