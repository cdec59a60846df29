// protoc-gen-cpp-lite: run by protoc (--cpp-lite_out=DIR) or buf; see --help.
#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#else
#include <unistd.h>
#endif

#include "parameters.h"
#include "protocol.h"
#include "stubs.h"

namespace {

constexpr std::string_view kName = "protoc-gen-cpp-lite";

std::string usage() {
  return "protoc-gen-cpp-lite writes C++20 gRPC clients and servers for the services of a .proto.\n"
         "protoc or buf runs it:\n"
         "\n"
         "  protoc --cpp_out=DIR --cpp-lite_out=DIR [--cpp-lite_opt=KEY=VALUE,...] x.proto\n"
         "\n"
         "Parameters:\n" +
         cpp_lite::plugin::describe_parameters() +
         "\n"
         "Options of its own:\n"
         "  --version   print the version\n"
         "  -h, --help  print this text\n";
}

#ifdef _WIN32
bool is_terminal() { return _isatty(_fileno(stdin)) != 0; }
void make_binary() {
  _setmode(_fileno(stdin), _O_BINARY);
  _setmode(_fileno(stdout), _O_BINARY);
}
#else
bool is_terminal() { return isatty(STDIN_FILENO) != 0; }
void make_binary() {}
#endif

int complain(const std::string& text) {
  std::cerr << kName << ": " << text << "\n";
  return 1;
}

int answer_argument(std::string_view argument) {
  if (argument == "--version") {
    std::cout << kName << " " << cpp_lite::plugin::plugin_version() << "\n";
    return 0;
  }
  if (argument == "-h" || argument == "--help") {
    std::cout << usage();
    return 0;
  }
  return complain("unknown argument \"" + std::string(argument) +
                  "\"; protoc or buf runs this program, and parameters go into --cpp-lite_opt");
}

int serve_protoc() {
  make_binary();
  std::string request(std::istreambuf_iterator<char>(std::cin), {});
  const cpp_lite::plugin::Answer answer = cpp_lite::plugin::answer_request(request);
  if (!answer.failure.empty()) return complain(answer.failure);
  std::cerr << answer.warnings;
  std::cout.write(answer.response.data(), static_cast<std::streamsize>(answer.response.size()));
  return std::cout.flush() ? 0 : complain("cannot write to standard output");
}

}  // namespace

int main(int argc, char* argv[]) {
  try {
    if (argc > 1) return answer_argument(argv[1]);
    if (is_terminal()) {
      std::cerr << usage();
      return 1;
    }
    return serve_protoc();
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}
