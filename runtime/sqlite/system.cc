#include "sqlite/system.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#if defined(__linux__)
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

namespace cpp_lite::sqlite {
namespace {

Status refused(std::string why) { return {Code::failed_precondition, std::move(why)}; }

Status check_file_system(const std::string& folder) {
  struct statfs found {};
  if (statfs(folder.c_str(), &found) != 0) {
    return refused("sqlite: " + folder + ": " + std::strerror(errno));
  }
#if defined(__linux__)
  const std::string_view name = unfit_file_system(static_cast<long>(found.f_type));
#else
  const std::string_view name = (found.f_flags & MNT_LOCAL) != 0 ? "" : "a network file system";
#endif
  if (name.empty()) return {};
  return refused("sqlite: " + folder + " is on " + std::string(name) +
                 ", where SQLite's locks cannot be relied on: put the database on a disk of this "
                 "machine, use the PostgreSQL store, or, if this is such a disk all the same, set "
                 "SqliteStoreOptions::trust_file_system");
}

}  // namespace

std::string_view unfit_file_system(long type) {
  constexpr std::array<std::pair<unsigned long, std::string_view>, 15> kKnown{{
      {0x00006969, "NFS"},
      {0x0000517b, "SMB"},
      {0xff534d42, "CIFS"},
      {0xfe534d42, "SMB"},
      {0x65735546, "FUSE"},
      {0x6a656a63, "virtiofs"},
      {0x01021997, "9P"},
      {0x00c36400, "Ceph"},
      {0x5346414f, "AFS"},
      {0x73757245, "Coda"},
      {0x0bd00bd0, "Lustre"},
      {0x01161970, "GFS2"},
      {0x7461636f, "OCFS2"},
      {0x47504653, "GPFS"},
      {0x786f4256, "a shared folder of VirtualBox"},
  }};
  // The field is signed on some machines.
  const unsigned long number = static_cast<unsigned long>(type) & 0xffffffffUL;
  for (const auto& [magic, name] : kKnown) {
    if (magic == number) return name;
  }
  return {};
}

Status check_place(const std::string& path, bool trust_file_system) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? std::string(".") : parent.string();
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return refused("sqlite: the folder " + folder + " cannot be written to: " +
                   std::strerror(errno) + " (SQLite keeps files beside the database)");
  }
  return trust_file_system ? Status() : check_file_system(folder);
}

void make_private_file(const std::string& path) {
  // Should it fail, SQLite says why when it opens the file.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) ::close(file);
}

}  // namespace cpp_lite::sqlite
