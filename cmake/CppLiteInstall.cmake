# What `cmake --install` lays down: library, headers, options.proto, plugin, CMake package, pkg-config files.
include(CMakePackageConfigHelpers)
set(CPP_LITE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cpp_lite)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/runtime/include/cpp_lite DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.inc")
install(TARGETS cpp_lite EXPORT cpp_lite-targets)
if(TARGET cpp_lite_idempotency)
  install(TARGETS cpp_lite_idempotency EXPORT cpp_lite-targets)
endif()
foreach(component sqlite_store postgres_store redis_store tls health reflection)
  if(TARGET cpp_lite_${component})
    # An export set of its own, included only where its library is: find_package(cpp_lite COMPONENTS sqlite_store).
    install(TARGETS cpp_lite_${component} EXPORT cpp_lite-${component}-targets)
    install(EXPORT cpp_lite-${component}-targets NAMESPACE cpp_lite:: DESTINATION ${CPP_LITE_CMAKE_DIR})
  endif()
endforeach()

if(TARGET cpp-lite-keys)
  install(TARGETS cpp-lite-keys)
endif()

# cpp_lite::options: the .proto where protoc finds it, its header beside it, its library.
set_target_properties(cpp_lite_options PROPERTIES EXPORT_NAME options)
install(TARGETS cpp_lite_options EXPORT cpp_lite-targets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/runtime/proto/cpp_lite/options.proto
  ${PROJECT_BINARY_DIR}/runtime/proto/cpp_lite/options.pb.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cpp_lite)
install(EXPORT cpp_lite-targets NAMESPACE cpp_lite:: DESTINATION ${CPP_LITE_CMAKE_DIR})

# The plugin has an export set of its own: a cross build takes the library from here and the plugin from the host.
if(TARGET protoc-gen-cpp-lite)
  install(TARGETS protoc-gen-cpp-lite EXPORT cpp_lite-plugin-targets)
  install(EXPORT cpp_lite-plugin-targets NAMESPACE cpp_lite:: DESTINATION ${CPP_LITE_CMAKE_DIR})
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cpp_lite-config.cmake.in
  ${PROJECT_BINARY_DIR}/cpp_lite-config.cmake
  INSTALL_DESTINATION ${CPP_LITE_CMAKE_DIR} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cpp_lite-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cpp_lite-config.cmake
  ${PROJECT_BINARY_DIR}/cpp_lite-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/cpp_lite_generate.cmake
  ${PROJECT_SOURCE_DIR}/cmake/cpp_lite_escape_depfile.cmake
  DESTINATION ${CPP_LITE_CMAKE_DIR})

# pkg-config. A static library needs its private libraries at every link, so they are public there.
file(RELATIVE_PATH CPP_LITE_PC_PREFIX
  ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
get_target_property(library_type cpp_lite TYPE)
set(CPP_LITE_PC_REQUIRES "protobuf-lite")
set(CPP_LITE_PC_REQUIRES_PRIVATE "libnghttp2, zlib")
if(library_type STREQUAL STATIC_LIBRARY)
  string(APPEND CPP_LITE_PC_REQUIRES ", ${CPP_LITE_PC_REQUIRES_PRIVATE}")
  set(CPP_LITE_PC_REQUIRES_PRIVATE "")
endif()
foreach(file cpp-lite cpp-lite-options)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${file}.pc.in ${PROJECT_BINARY_DIR}/${file}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${file}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
