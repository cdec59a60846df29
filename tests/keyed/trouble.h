// What befalls a database: a disk that is full, another process that locks it.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

namespace keyed {

// A file system of one megabyte in this process's memory, where the process may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(std::string folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    // Seen by this process alone, and gone with it.
    const bool mounted = unshare(CLONE_NEWNS) == 0 &&
                         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("cpp-lite-test", folder_.c_str(), "tmpfs", 0, "size=1m") == 0;
    if (!mounted) why_not_ = std::string("this process may not mount a tmpfs: ") + strerror(errno);
  }
  ~SmallDisk() {
    if (why_not_.empty()) umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& why_not() const { return why_not_; }
  std::string operator/(const std::string& name) const { return folder_ + "/" + name; }

  // Takes so many bytes of it, or as many as there are.
  void take(std::size_t bytes = SIZE_MAX) {
    const int file = open((*this / "ballast").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::array<char, 4096> page{};
    for (std::size_t n = 0; n < bytes && write(file, page.data(), page.size()) > 0;) n += 4096;
    close(file);
  }
  void give_back() { std::filesystem::remove(*this / "ballast"); }

 private:
  const std::string folder_;
  std::string why_not_;
};

// A process that locks a database when it is told to. To be made before there are other threads.
class OtherProcess {
 public:
  explicit OtherProcess(std::string path) : path_(std::move(path)) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      serve(ends[1]);
    }
    close(ends[1]);
    line_ = ends[0];
  }
  ~OtherProcess() {
    close(line_);
    waitpid(pid_, nullptr, 0);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  bool lock() { return ask('l'); }
  bool unlock() { return ask('u'); }

 private:
  bool ask(char what) {
    char done = 0;
    return write(line_, &what, 1) == 1 && read(line_, &done, 1) == 1 && done == '+';
  }
  [[noreturn]] void serve(int line) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sqlite3* database = nullptr;
    for (char what = 0; read(line, &what, 1) == 1;) {
      const bool lock = what == 'l';
      if (lock) sqlite3_open_v2(path_.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
      const char* const sql = lock ? "BEGIN EXCLUSIVE" : "ROLLBACK";
      const int code = sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
      if (!lock) sqlite3_close(std::exchange(database, nullptr));
      (void)!write(line, code == SQLITE_OK ? "+" : "-", 1);
    }
    _exit(0);
  }

  const std::string path_;
  pid_t pid_ = -1;
  int line_ = -1;
};

}  // namespace keyed
