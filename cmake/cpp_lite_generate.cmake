# cpp_lite_generate(TARGET protos
#                   PROTOS proto/common/money.proto proto/pay/v1/pay.proto
#                   [IMPORT_DIRS proto]        roots that imports are looked up in; default: the current source directory
#                   [OUT_DIR dir]              default: <current binary dir>/<TARGET>_proto
#                   [OPTIONS key=value...]     parameters of protoc-gen-cpp-lite
#                   [LITE ON]                  messages for the lite runtime, whatever the files say
#                   [MESSAGES OFF]             the .pb.h and .pb.cc come from elsewhere
#                   [PROTOC exe] [PLUGIN exe]  a path or a target
#                   [PROTOC_OPTIONS ...]       further arguments for protoc
#                   [DEPENDS ...])             further things to regenerate for
#
# Generates messages and services of PROTOS into TARGET, an existing library or executable made in the same directory, and
# links what they need: cpp_lite::cpp_lite, protobuf (the lite runtime where all files say so, or LITE does), and cpp_lite::options where
# a file imports cpp_lite/options.proto. That import needs no IMPORT_DIRS. Links use the keyword signature of
# target_link_libraries, so TARGET's own must, too.
#
# Tools: the argument, else the cache variables CPP_LITE_PROTOC_EXECUTABLE and CPP_LITE_PLUGIN_EXECUTABLE (cross builds),
# else the targets protobuf::protoc and cpp_lite::protoc-gen-cpp-lite.
#
# Paths may hold spaces and whatever else but ":", "$" and "#". With Ninja, every build generates again where one holds "&", "'" or "*":
# its parser of depfiles ends a name there, and so it does with those of compilers.
include_guard(GLOBAL)

cmake_policy(PUSH)
cmake_policy(VERSION 3.20...3.25)   # CMP0116: paths in depfiles

# The folder that holds cpp_lite/options.proto; the package configuration names the installed one before it includes this.
if(NOT CPP_LITE_OPTIONS_IMPORT_DIR)
  cmake_path(SET CPP_LITE_OPTIONS_IMPORT_DIR NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../runtime/proto")
endif()
set_property(GLOBAL PROPERTY cpp_lite_options_import_dir "${CPP_LITE_OPTIONS_IMPORT_DIR}")

function(cpp_lite_generate)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;OUT_DIR;LITE;MESSAGES;PROTOC;PLUGIN"
    "PROTOS;IMPORT_DIRS;OPTIONS;PROTOC_OPTIONS;DEPENDS")
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    list(JOIN arg_UNPARSED_ARGUMENTS " " unknown)
    list(JOIN arg_KEYWORDS_MISSING_VALUES " " empty)
    message(FATAL_ERROR "cpp_lite_generate: unknown arguments [${unknown}], keywords without a value [${empty}]")
  endif()
  _cpp_lite_check_target("${arg_TARGET}")
  if(NOT arg_PROTOS)
    message(FATAL_ERROR "cpp_lite_generate: PROTOS is empty for target ${arg_TARGET}")
  endif()
  if(NOT DEFINED arg_MESSAGES)
    set(arg_MESSAGES ON)
  endif()
  if(NOT arg_IMPORT_DIRS)
    set(arg_IMPORT_DIRS "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  if(NOT arg_OUT_DIR)
    set(arg_OUT_DIR "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}_proto")
  endif()
  _cpp_lite_absolute(arg_PROTOS "${CMAKE_CURRENT_SOURCE_DIR}")
  _cpp_lite_absolute(arg_IMPORT_DIRS "${CMAKE_CURRENT_SOURCE_DIR}")
  _cpp_lite_absolute(arg_OUT_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  list(REMOVE_DUPLICATES arg_PROTOS)
  foreach(path IN LISTS arg_PROTOS arg_IMPORT_DIRS arg_OUT_DIR)
    _cpp_lite_check_path("${path}")
  endforeach()
  _cpp_lite_tool(protoc "${arg_PROTOC}" CPP_LITE_PROTOC_EXECUTABLE protobuf::protoc)
  _cpp_lite_tool(plugin "${arg_PLUGIN}" CPP_LITE_PLUGIN_EXECUTABLE cpp_lite::protoc-gen-cpp-lite)

  get_property(options_dir GLOBAL PROPERTY cpp_lite_options_import_dir)
  set(arguments "--plugin=protoc-gen-cpp-lite=${plugin}")
  foreach(dir IN LISTS arg_IMPORT_DIRS options_dir)
    list(APPEND arguments "-I${dir}")
  endforeach()
  if(arg_MESSAGES)
    list(APPEND arguments "--cpp_out=${arg_OUT_DIR}")
    if(arg_LITE)
      list(APPEND arguments "--cpp_opt=lite")
    endif()
  endif()
  # A file without services must write its outputs as well, or every build would try again to make them.
  list(APPEND arguments "--cpp-lite_out=${arg_OUT_DIR}" "--cpp-lite_opt=keep_empty_files")
  list(TRANSFORM arg_OPTIONS PREPEND "--cpp-lite_opt=")
  list(APPEND arguments ${arg_OPTIONS} ${arg_PROTOC_OPTIONS})

  foreach(proto IN LISTS arg_PROTOS)
    _cpp_lite_generate_file("${proto}")
  endforeach()
  _cpp_lite_link("${arg_TARGET}" "${arg_OUT_DIR}" "${arg_PROTOS}")
endfunction()

function(_cpp_lite_check_target target)
  if(NOT target)
    message(FATAL_ERROR "cpp_lite_generate: TARGET is missing")
  endif()
  if(NOT TARGET "${target}")
    message(FATAL_ERROR "cpp_lite_generate: there is no target ${target}; make it first, with add_library or add_executable")
  endif()
  get_target_property(type "${target}" TYPE)
  get_target_property(alias "${target}" ALIASED_TARGET)
  get_target_property(imported "${target}" IMPORTED)
  if(alias OR imported OR NOT type MATCHES "^(STATIC|SHARED|MODULE|OBJECT)_LIBRARY$|^EXECUTABLE$")
    message(FATAL_ERROR "cpp_lite_generate: target ${target} cannot hold sources; it has to be a library or an executable "
      "of this project, not an alias, imported or interface target")
  endif()
  get_target_property(directory "${target}" SOURCE_DIR)
  if(NOT directory STREQUAL CMAKE_CURRENT_SOURCE_DIR)
    message(FATAL_ERROR "cpp_lite_generate: target ${target} belongs to ${directory}; call cpp_lite_generate there, because "
      "generated files are known to one directory only")
  endif()
endfunction()

# protoc splits -I at ":" and takes "$" in a depfile's name for its own variable; CMake makes no rule with "#" for Makefiles.
function(_cpp_lite_check_path path)
  if(path MATCHES "[:$#]")
    message(FATAL_ERROR "cpp_lite_generate: ${path} has a \"${CMAKE_MATCH_0}\" in it, which protoc or the build tool would "
      "misread; PROTOS, IMPORT_DIRS and OUT_DIR (by default below the build directory) need another place")
  endif()
endfunction()

# Makes every path of the list variable absolute. Symbolic links stay: protoc compares names.
function(_cpp_lite_absolute variable base)
  set(result "")
  foreach(path IN LISTS ${variable})
    cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY "${base}" NORMALIZE)
    string(REGEX REPLACE "(.)/$" "\\1" path "${path}")
    list(APPEND result "${path}")
  endforeach()
  set(${variable} "${result}" PARENT_SCOPE)
endfunction()

# Sets <name> to what is run and <name>_depends to what a new version of shows: argument, cache variable, target.
function(_cpp_lite_tool name argument cache_variable target)
  if(argument)
    set(tool "${argument}")
  elseif(${cache_variable})
    set(tool "${${cache_variable}}")
  elseif(TARGET ${target})
    set(tool ${target})
  else()
    message(FATAL_ERROR "cpp_lite_generate: no ${name}: give the argument, set ${cache_variable} or provide the target ${target}")
  endif()
  if(TARGET "${tool}")
    set(tool "$<TARGET_FILE:${tool}>")
  endif()
  set(${name} "${tool}" PARENT_SCOPE)
  set(${name}_depends "" PARENT_SCOPE)
  if(IS_ABSOLUTE "${tool}" OR tool MATCHES "TARGET_FILE")
    set(${name}_depends "${tool}" PARENT_SCOPE)
  endif()
endfunction()

# One protoc run for one file, because --dependency_out takes one input only. Reads the variables of cpp_lite_generate.
function(_cpp_lite_generate_file proto)
  get_source_file_property(generated "${proto}" GENERATED)
  if(NOT generated AND NOT EXISTS "${proto}")
    message(FATAL_ERROR "cpp_lite_generate: ${proto} does not exist")
  endif()
  _cpp_lite_name_below(name "${proto}" "${arg_IMPORT_DIRS}")
  string(REGEX REPLACE "\\.proto$" "" stem "${name}")
  set(outputs "${arg_OUT_DIR}/${stem}.lite.cc" "${arg_OUT_DIR}/${stem}.lite.h")
  if(arg_MESSAGES)
    list(APPEND outputs "${arg_OUT_DIR}/${stem}.pb.cc" "${arg_OUT_DIR}/${stem}.pb.h")   # sorted, for Ninja's depfiles
  endif()
  set(depfile "${arg_OUT_DIR}/${stem}.proto.d")
  cmake_path(GET depfile PARENT_PATH out_folder)
  file(MAKE_DIRECTORY "${out_folder}")
  set(escape_depfile "")
  if("${proto} ${arg_IMPORT_DIRS} ${options_dir} ${arg_OUT_DIR}" MATCHES "[ #$]")
    set(escape_depfile COMMAND "${CMAKE_COMMAND}" "-Ddepfile=${depfile}"
      -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/cpp_lite_escape_depfile.cmake")
  endif()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND "${protoc}" ${arguments} "--dependency_out=${depfile}" "${proto}"
    ${escape_depfile}
    DEPENDS "${proto}" ${protoc_depends} ${plugin_depends} ${arg_DEPENDS}
    DEPFILE "${depfile}"
    COMMENT "Generating C++ from ${name}"
    VERBATIM)
  set_source_files_properties(${outputs} PROPERTIES
    SKIP_AUTOGEN ON SKIP_LINTING ON SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${arg_TARGET} PRIVATE ${outputs})
endfunction()

# The name that protoc knows a file by: its path below the first import directory that holds it.
function(_cpp_lite_name_below variable proto import_dirs)
  foreach(dir IN LISTS import_dirs)
    cmake_path(IS_PREFIX dir "${proto}" inside)
    if(inside)
      cmake_path(RELATIVE_PATH proto BASE_DIRECTORY "${dir}" OUTPUT_VARIABLE name)
      set(${variable} "${name}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  list(JOIN import_dirs ", " roots)
  message(FATAL_ERROR "cpp_lite_generate: ${proto} is in none of the import directories: ${roots}")
endfunction()

# Include directory and libraries for the generated code, as usage requirements of a library.
function(_cpp_lite_link target out_dir protos)
  set(scope PUBLIC)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL EXECUTABLE)
    set(scope PRIVATE)
  endif()
  target_include_directories(${target} ${scope} "$<BUILD_INTERFACE:${out_dir}>")
  set(all_lite ON)
  set(any_full_options OFF)
  foreach(proto IN LISTS protos)
    _cpp_lite_scan("${proto}")
    if(arg_LITE)
      set(lite ON)
    endif()
    if(NOT lite)
      set(all_lite OFF)
    endif()
    if(imports_options AND NOT lite)
      set(any_full_options ON)
    elseif(imports_options)
      # A lite importer needs the header alone; its program links no full protobuf.
      target_include_directories(${target} SYSTEM ${scope}
        "$<BUILD_INTERFACE:$<TARGET_PROPERTY:cpp_lite::options,INTERFACE_INCLUDE_DIRECTORIES>>")
      if(TARGET cpp_lite_options)
        add_dependencies(${target} cpp_lite_options)   # its header is generated, too
      endif()
    endif()
  endforeach()
  # protobuf first: a linker that leaves out what nobody needs (--as-needed) then sees that the full one has all of the lite one.
  if(all_lite)
    target_link_libraries(${target} ${scope} protobuf::libprotobuf-lite)
  else()
    target_link_libraries(${target} ${scope} protobuf::libprotobuf)
  endif()
  target_link_libraries(${target} ${scope} cpp_lite::cpp_lite)
  if(any_full_options)
    target_link_libraries(${target} ${scope} cpp_lite::options)
  endif()
endfunction()

# Sets lite and imports_options in the caller from the text of a .proto; CMake runs again when it changes.
function(_cpp_lite_scan proto)
  set(lite OFF)
  set(imports_options OFF)
  if(EXISTS "${proto}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${proto}")
    file(READ "${proto}" text)
    _cpp_lite_strip(text)
    if(text MATCHES "optimize_for[ \t\r\n]*=[ \t\r\n]*LITE_RUNTIME")
      set(lite ON)
    endif()
    if(text MATCHES "import[ \t\r\n]*((public|weak)[ \t\r\n]*)?<our options>")
      set(imports_options ON)
    endif()
  endif()
  set(lite "${lite}" PARENT_SCOPE)
  set(imports_options "${imports_options}" PARENT_SCOPE)
endfunction()

# Takes comments and strings out of the text of a .proto; <our options> stands for the name of that file.
function(_cpp_lite_strip variable)
  string(REGEX REPLACE "[][;]" " " text "${${variable}}")   # special in CMake's lists
  set(string "\"[^\"\\\n]*(\\\\.[^\"\\\n]*)*\"|'[^'\\\n]*(\\\\.[^'\\\n]*)*'")
  set(comment "//[^\n]*|/\\*[^*]*\\*+([^/*][^*]*\\*+)*/")
  string(REGEX MATCHALL "${string}|${comment}|[^\"'/]+|." tokens "${text}")
  set(text "")
  foreach(token IN LISTS tokens)
    if(token MATCHES "^[\"']cpp_lite/options\\.proto[\"']$")
      string(APPEND text "<our options>")
    elseif(token MATCHES "^(/[/*]|[\"'])")
      string(APPEND text " ")
    else()
      string(APPEND text "${token}")
    endif()
  endforeach()
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

cmake_policy(POP)
