# cpp_lite_bench_server, cpp_lite_bench_client, bench_load and the counter of allocations. For bench/ itself, and for guard/, where
# cpp_lite is an installed package.
set(bench_dir ${CMAKE_CURRENT_LIST_DIR})

add_library(bench_payments STATIC)
cpp_lite_generate(TARGET bench_payments PROTOS ${bench_dir}/payments.proto IMPORT_DIRS ${bench_dir} OPTIONS no_warn=CL040)

foreach(side IN ITEMS server client)
  add_executable(cpp_lite_bench_${side} ${bench_dir}/${side}s/cpp_lite.cc)
  target_include_directories(cpp_lite_bench_${side} PRIVATE ${bench_dir})
  target_link_libraries(cpp_lite_bench_${side} PRIVATE bench_payments
    $<$<TARGET_EXISTS:cpp_lite_build_flags>:cpp_lite_build_flags>)
endforeach()
if(TARGET cpp_lite::tls)
  find_package(OpenSSL REQUIRED COMPONENTS Crypto)
  target_compile_definitions(cpp_lite_bench_server PRIVATE BENCH_TLS=1)
  target_link_libraries(cpp_lite_bench_server PRIVATE cpp_lite::tls OpenSSL::Crypto)
endif()
