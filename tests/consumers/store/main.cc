#include STORE_HEADER

#include <cstdio>

int main(int, char** argv) {
  const auto store = cpp_lite::STORE(argv[1]);
  const cpp_lite::Status status = store->check();
  std::printf("%s\n", status.to_string().c_str());
  return status.ok() ? 0 : 1;
}
