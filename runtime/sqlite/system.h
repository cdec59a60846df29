// What the operating system knows about the place of a database.
#pragma once

#include <cpp_lite/status.h>

#include <string>
#include <string_view>

namespace cpp_lite::sqlite {

// FAILED_PRECONDITION: the folder of the file is not there, not writable, or (unless trusted) not
// on a disk of this machine, where locks and shared memory are not to be relied on.
Status check_place(const std::string& path, bool trust_file_system);

// Of a number in statfs(2): the name of a file system that other machines may write to, or that
// hides what is below it; else empty.
std::string_view unfit_file_system(long type);

// Makes an empty file that only its owner may read, unless there is a file: a store holds answers
// and a secret. SQLite gives the files beside it the same rights.
void make_private_file(const std::string& path);

}  // namespace cpp_lite::sqlite
