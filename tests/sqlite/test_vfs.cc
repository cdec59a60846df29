#include "test_vfs.h"

#include <cstring>
#include <filesystem>
#include <new>

namespace cpp_lite::sqlite {
namespace {

std::atomic<int> g_write_code{SQLITE_OK};
std::atomic<int> g_sync_code{SQLITE_OK};

// SQLite's idea of inheritance: its struct first, the real file's behind ours.
struct TestFile {
  sqlite3_file base;
  const char* name;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

TestFile* ours(sqlite3_file* file) { return reinterpret_cast<TestFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return ours(file)->real(); }
const sqlite3_io_methods* methods(sqlite3_file* file) { return real(file)->pMethods; }

std::string durable(const std::string& path) { return path + ".durable"; }

// The whole file, as its size is known to be small.
void remember(const char* name) {
  std::error_code ignored;
  std::filesystem::copy_file(name, durable(name), std::filesystem::copy_options::overwrite_existing,
                             ignored);
}

int close(sqlite3_file* file) { return methods(file)->xClose(real(file)); }
int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  return methods(file)->xRead(real(file), to, size, at);
}
int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  const int code = g_write_code;
  return code != SQLITE_OK ? code : methods(file)->xWrite(real(file), from, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return methods(file)->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) {
  if (const int code = g_sync_code; code != SQLITE_OK) return code;
  const int code = methods(file)->xSync(real(file), flags);
  if (code == SQLITE_OK && ours(file)->name != nullptr) remember(ours(file)->name);
  return code;
}
int size(sqlite3_file* file, sqlite3_int64* to) { return methods(file)->xFileSize(real(file), to); }
int lock(sqlite3_file* file, int level) { return methods(file)->xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) { return methods(file)->xUnlock(real(file), level); }
int is_reserved(sqlite3_file* file, int* to) {
  return methods(file)->xCheckReservedLock(real(file), to);
}
int control(sqlite3_file* file, int what, void* value) {
  return methods(file)->xFileControl(real(file), what, value);
}
int sector_size(sqlite3_file* file) { return methods(file)->xSectorSize(real(file)); }
int traits(sqlite3_file* file) { return methods(file)->xDeviceCharacteristics(real(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return methods(file)->xShmMap(real(file), page, size, extend, to);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return methods(file)->xShmLock(real(file), offset, n, flags);
}
void shm_barrier(sqlite3_file* file) { methods(file)->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) {
  return methods(file)->xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods kMethods = {2,           close,       read,    write,   truncate,
                                         sync,        size,        lock,    unlock,  is_reserved,
                                         control,     sector_size, traits,  shm_map, shm_lock,
                                         shm_barrier, shm_unmap,   nullptr, nullptr};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* const below = static_cast<sqlite3_vfs*>(vfs->pAppData);
  TestFile* const self = ours(file);
  self->base.pMethods = nullptr;
  self->name = name;
  const int code = below->xOpen(below, name, self->real(), flags, out_flags);
  if (self->real()->pMethods != nullptr) self->base.pMethods = &kMethods;
  return code;
}

sqlite3_vfs make_vfs() {
  sqlite3_vfs* const below = sqlite3_vfs_find(nullptr);
  sqlite3_vfs vfs = *below;
  vfs.pNext = nullptr;
  vfs.zName = "cpp-lite-test";
  vfs.szOsFile = static_cast<int>(sizeof(TestFile)) + below->szOsFile;
  vfs.pAppData = below;
  vfs.xOpen = open;
  return vfs;
}

}  // namespace

const char* test_vfs() {
  static sqlite3_vfs vfs = make_vfs();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? vfs.zName : nullptr;
}

void fail_writes(int code) { g_write_code = code; }
void fail_syncs(int code) { g_sync_code = code; }

void copy_what_is_durable(const std::string& path, const std::string& to) {
  for (const char* part : {"", "-wal"}) {
    std::error_code ignored;
    std::filesystem::remove(to + part, ignored);
    std::filesystem::copy_file(durable(path + part), to + part, ignored);
  }
}

}  // namespace cpp_lite::sqlite
