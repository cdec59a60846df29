#include "redis_server.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>

namespace cpp_lite::redis {
namespace {

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = folder + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

const std::string& program() {
  static const std::string found = find_program("redis-server");
  return found;
}

// In the child, whose output is `out`.
[[noreturn]] void become_server(const std::string& socket, const std::string& folder,
                                const char* appendonly, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing outlives a test that crashes
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execl(program().c_str(), "redis-server", "--port", "0", "--unixsocket", socket.c_str(), "--dir",
        folder.c_str(), "--save", "", "--appendonly", appendonly, "--appendfsync", "always",
        "--daemonize", "no", "--maxmemory-policy", "noeviction", nullptr);
  _exit(127);
}

// Until it has said that it is ready; what comes after that is for nobody.
bool wait_until_ready(int log) {
  std::string said;
  std::array<char, 1024> some{};
  for (ssize_t n = 1; n > 0; n = read(log, some.data(), some.size())) {
    said.append(some.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    if (said.find("eady to accept connections") != std::string::npos) return true;
  }
  ADD_FAILURE() << "redis-server ended: " << said;
  return false;
}

}  // namespace

std::string why_no_server() {
  return program().empty() ? "redis-server is not installed" : std::string();
}

RedisServer::RedisServer(bool appendonly) : appendonly_(appendonly) {
  std::string name = (std::filesystem::temp_directory_path() / "cpp-lite-redis-XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
  start();
}

RedisServer::~RedisServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void RedisServer::start() {
  std::array<int, 2> log{};
  ASSERT_EQ(pipe(log.data()), 0);
  pid_ = fork();
  if (pid_ == 0) {
    close(log[0]);
    become_server(socket(), folder_.string(), appendonly_ ? "yes" : "no", log[1]);
  }
  close(log[1]);
  wait_until_ready(log[0]);
  close(log[0]);
}

void RedisServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::pause() { ::kill(pid_, SIGSTOP); }
void RedisServer::go_on() { ::kill(pid_, SIGCONT); }

}  // namespace cpp_lite::redis
