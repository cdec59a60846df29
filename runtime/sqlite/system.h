// What the operating system knows about time and about the place of a database.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/status.h>
#include <cpp_lite/task.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace cpp_lite::sqlite {

using idempotency::Milliseconds;
using idempotency::Time;

// Both clocks of the machine. Injected, so that tests turn them.
struct Clocks {
  std::function<Time()> wall;
  // Since the machine was started, its sleep included; never set by anybody.
  std::function<Milliseconds()> steady;
  std::string boot;  // which start of the machine that was
};
Clocks system_clocks();

// FAILED_PRECONDITION: the folder of the file is not there, not writable, or (unless trusted) not
// on a disk of this machine, where locks and shared memory are not to be relied on.
Status check_place(const std::string& path, bool trust_file_system);

// Of a number in statfs(2): the name of a file system that other machines may write to, or that
// hides what is below it; else empty.
std::string_view unfit_file_system(long type);

// Makes an empty file that only its owner may read, unless there is a file: a store holds answers
// and a secret. SQLite gives the files beside it the same rights.
void make_private_file(const std::string& path);

// A thread that takes no signals, so that handlers of the program's own run on its own threads.
std::thread start_thread(Task body);

}  // namespace cpp_lite::sqlite
