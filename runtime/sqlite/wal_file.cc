#include "sqlite/wal_file.h"

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>

namespace cpp_lite::sqlite {
namespace {

// Less than 128 KiB: of more, SQLite's own VFS writes only the rest.
constexpr std::size_t kRoom = 96 * 1024;

// In memory that SQLite owns, before the file of the VFS below.
struct WalFile {
  sqlite3_file self;
  std::array<char, kRoom>* gathered;
  std::size_t size;  // of what is gathered
  sqlite3_int64 at;  // where that belongs
  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

WalFile& wal(sqlite3_file* file) { return *reinterpret_cast<WalFile*>(file); }

// What is gathered is given up where it cannot be written: then the transaction fails, and nothing
// says that the log is so long.
int flush(WalFile& file) {
  const std::size_t size = std::exchange(file.size, 0);
  if (size == 0) return SQLITE_OK;
  sqlite3_file* const below = file.below();
  return below->pMethods->xWrite(below, file.gathered->data(), static_cast<int>(size), file.at);
}

int write(sqlite3_file* at, const void* data, int size, sqlite3_int64 offset) {
  WalFile& file = wal(at);
  const auto count = static_cast<std::size_t>(size);
  const bool follows = file.at + static_cast<sqlite3_int64>(file.size) == offset;
  if (file.size > 0 && (!follows || file.size + count > kRoom)) {
    if (const int code = flush(file); code != SQLITE_OK) return code;
  }
  if (count > kRoom) return file.below()->pMethods->xWrite(file.below(), data, size, offset);
  if (file.size == 0) file.at = offset;
  std::memcpy(file.gathered->data() + file.size, data, count);
  file.size += count;
  return SQLITE_OK;
}

// Calls a method of the file below when that has all.
template <auto kMethod, typename... Args>
int flushed(sqlite3_file* at, Args... args) {
  WalFile& file = wal(at);
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return (file.below()->pMethods->*kMethod)(file.below(), args...);
}
template <auto kMethod, typename... Args>
int passed_on(sqlite3_file* at, Args... args) {
  WalFile& file = wal(at);
  return (file.below()->pMethods->*kMethod)(file.below(), args...);
}

int close(sqlite3_file* at) {
  WalFile& file = wal(at);
  const int written = flush(file);
  delete std::exchange(file.gathered, nullptr);
  const int closed = file.below()->pMethods->xClose(file.below());
  return written != SQLITE_OK ? written : closed;
}

using Methods = sqlite3_io_methods;
constexpr Methods kMethods = {
    1,
    close,
    flushed<&Methods::xRead, void*, int, sqlite3_int64>,
    write,
    flushed<&Methods::xTruncate, sqlite3_int64>,
    flushed<&Methods::xSync, int>,
    flushed<&Methods::xFileSize, sqlite3_int64*>,
    passed_on<&Methods::xLock, int>,
    passed_on<&Methods::xUnlock, int>,
    passed_on<&Methods::xCheckReservedLock, int*>,
    passed_on<&Methods::xFileControl, int, void*>,
    passed_on<&Methods::xSectorSize>,
    passed_on<&Methods::xDeviceCharacteristics>,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

sqlite3_vfs* below(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* at, int flags, int* out_flags) {
  if ((flags & SQLITE_OPEN_WAL) == 0) {
    return below(vfs)->xOpen(below(vfs), name, at, flags, out_flags);
  }
  WalFile& file = wal(at);
  at->pMethods = nullptr;
  file.gathered = new (std::nothrow) std::array<char, kRoom>;
  if (file.gathered == nullptr) return SQLITE_NOMEM;
  file.size = 0;
  const int code = below(vfs)->xOpen(below(vfs), name, file.below(), flags, out_flags);
  if (code == SQLITE_OK) {
    at->pMethods = &kMethods;
    return code;
  }
  if (file.below()->pMethods != nullptr) file.below()->pMethods->xClose(file.below());
  delete std::exchange(file.gathered, nullptr);
  return code;
}

// Everything but xOpen is as below, who expects itself.
template <auto kMethod, typename R, typename... Args>
R as_below(sqlite3_vfs* vfs, Args... args) {
  return (below(vfs)->*kMethod)(below(vfs), args...);
}
template <auto kMethod, typename R, typename... Args>
void pass_on(sqlite3_vfs& vfs, R (*sqlite3_vfs::*)(sqlite3_vfs*, Args...)) {
  if (vfs.*kMethod != nullptr) vfs.*kMethod = as_below<kMethod, R, Args...>;
}

struct Vfs {
  std::string name;
  sqlite3_vfs vfs;
};

std::unique_ptr<Vfs> make_vfs(sqlite3_vfs* below) {
  using V = sqlite3_vfs;
  auto made = std::make_unique<Vfs>(Vfs{std::string("cpp-lite-") + below->zName, *below});
  V& vfs = made->vfs;
  vfs.iVersion = 2;  // 3: to replace system calls
  vfs.pNext = nullptr;
  vfs.zName = made->name.c_str();
  vfs.szOsFile = static_cast<int>(sizeof(WalFile)) + below->szOsFile;
  vfs.pAppData = below;
  vfs.xOpen = open;
  pass_on<&V::xDelete>(vfs, &V::xDelete);
  pass_on<&V::xAccess>(vfs, &V::xAccess);
  pass_on<&V::xFullPathname>(vfs, &V::xFullPathname);
  pass_on<&V::xDlOpen>(vfs, &V::xDlOpen);
  pass_on<&V::xDlError>(vfs, &V::xDlError);
  pass_on<&V::xDlClose>(vfs, &V::xDlClose);
  pass_on<&V::xRandomness>(vfs, &V::xRandomness);
  pass_on<&V::xSleep>(vfs, &V::xSleep);
  pass_on<&V::xCurrentTime>(vfs, &V::xCurrentTime);
  pass_on<&V::xGetLastError>(vfs, &V::xGetLastError);
  if (below->iVersion >= 2) pass_on<&V::xCurrentTimeInt64>(vfs, &V::xCurrentTimeInt64);
  if (below->iVersion < 2) vfs.iVersion = 1;
  return made;
}

}  // namespace

const char* gathering_vfs(const char* below) {
  sqlite3_vfs* const found = sqlite3_vfs_find(below);
  if (found == nullptr) return nullptr;
  // For as long as the process: connections may be closed by whoever is last.
  static std::mutex mutex;
  static auto* const made = new std::map<sqlite3_vfs*, std::unique_ptr<Vfs>>;
  const std::lock_guard lock(mutex);
  std::unique_ptr<Vfs>& mine = (*made)[found];
  if (mine == nullptr) {
    std::unique_ptr<Vfs> fresh = make_vfs(found);
    if (sqlite3_vfs_register(&fresh->vfs, 0) != SQLITE_OK) return nullptr;
    mine = std::move(fresh);
  }
  return mine->name.c_str();
}

}  // namespace cpp_lite::sqlite
