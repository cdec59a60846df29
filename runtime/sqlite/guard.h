// What a handler may not do on the connection that it is lent: end or begin transactions, touch the
// store's own tables, reach for other databases.
#pragma once

#include <sqlite3.h>

namespace cpp_lite::sqlite {

// From now on only code inside a Permit may do that. A commit without one becomes a rollback,
// whoever asks for it and however it comes about: nothing of a handler lasts unless its transaction
// is committed by us.
void guard(sqlite3* connection);

// From now on, without a Permit, no statement runs at all, prepared before or not. Any thread.
void lock_out(sqlite3* connection);

// Until the end of the block this thread may do everything on the connection, and no other may do
// anything: what it calls meanwhile finds the connection's lock in its hands, which is cheaper.
class Permit {
 public:
  explicit Permit(sqlite3* connection);
  ~Permit();
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

 private:
  sqlite3* const before_;
  sqlite3_mutex* const mutex_;
};

}  // namespace cpp_lite::sqlite
