// SQLite's log, written in few large pieces instead of two small ones for each page.
#pragma once

namespace cpp_lite::sqlite {

// The name of a VFS that does as the one named `below` (null: SQLite's default), but gathers what
// is written to write-ahead logs. It is in the file before anybody may look for it: before SQLite
// syncs the log, reads it or asks for its size. So it is only for connections with
// `synchronous=FULL`, which sync the log with each commit, before other connections hear of it. Any
// thread. Null: it cannot be had.
const char* gathering_vfs(const char* below);

}  // namespace cpp_lite::sqlite
