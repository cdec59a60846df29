// Other processes for the end-to-end tests: the program e2e_peer, and what the system says of one.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "support/sanitized.h"

namespace e2e {

// Runs e2e_peer, which lies beside the test binary, with its standard input and output in our
// hands. Ends it with SIGKILL at the latest when this goes.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) std::abort();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::string program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "e2e_peer";
    std::vector<char*> argv = {program.data()};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ) != 0) {
      ADD_FAILURE() << "cannot run " << program;
    }
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    said_ = fdopen(out[0], "r");
    told_ = in[1];
  }
  ~Process() {
    kill();
    std::fclose(said_);
    close(told_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The next line that it prints; empty when it has ended.
  std::string line() {
    char text[200];
    if (std::fgets(text, sizeof text, said_) == nullptr) return "";
    std::string result(text);
    while (result.ends_with('\n')) result.pop_back();
    return result;
  }
  void tell(const std::string& line) {
    EXPECT_EQ(write(told_, (line + "\n").data(), line.size() + 1),
              static_cast<ssize_t>(line.size() + 1));
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

  // "VmHWM" (the most that it ever held) or "VmRSS" (now), in bytes.
  long memory(const std::string& what) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    long kib = 0;
    for (std::string word; status >> word;) {
      if (word == what + ":") status >> kib;
    }
    EXPECT_GT(kib, 0) << what;
    return kib * 1024;
  }
  std::size_t descriptors() const {
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid_) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

 private:
  pid_t pid_ = 0;
  std::FILE* said_ = nullptr;
  int told_ = -1;
};

using cpp_lite::support::kSanitized;

}  // namespace e2e
