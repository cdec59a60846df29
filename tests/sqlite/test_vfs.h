// A file system between SQLite and the real one, which can be told to fail, and which remembers
// what a power failure would leave.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <string>

namespace cpp_lite::sqlite {

// The name of the VFS, for Setup::vfs; registered when first asked for.
const char* test_vfs();

// What happens to writes from now on: SQLITE_OK, SQLITE_FULL, SQLITE_IOERR_WRITE. Any thread.
void fail_writes(int code);
// The same for syncs: SQLITE_OK, SQLITE_IOERR_FSYNC.
void fail_syncs(int code);

// Makes at `to` (and `to`-wal) what the disk is sure to have of the database at `path`: the files
// as they were when they were last synced.
void copy_what_is_durable(const std::string& path, const std::string& to);

}  // namespace cpp_lite::sqlite
