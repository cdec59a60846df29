#include <cpp_lite/tls.h>

#include <cstdio>

int main() { std::printf("%s\n", cpp_lite::tls_server({})->check().message().c_str()); }
