// All users, in memory. Thread-safe.
#pragma once

#include <cpp_lite/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "users/v1/users.pb.h"
#include "watch.h"

namespace users {

using MaybeUser = cpp_lite::Result<v1::User>;
// Seconds since 1970.
using Now = std::function<std::int64_t()>;
std::int64_t system_now();

class Store {
 public:
  explicit Store(Now now = system_now) : now_(std::move(now)) {}

  MaybeUser get(const std::string& id);
  // Creates the user or, if its id is known, replaces it. A user without an id gets one. Creation
  // times are the store's own. ALREADY_EXISTS if another user has the name or the address.
  MaybeUser put(v1::User user);
  // Stores what `change` makes of the user, unless that is an error. `change` runs under the lock.
  MaybeUser update(const std::string& id, const std::function<MaybeUser(const v1::User&)>& change);
  bool remove(const std::string& id);

  // In the order of their ids: up to `most` of those that match the filter and come after an id.
  struct Page {
    std::vector<v1::User> users;
    bool last = true;
    int total = 0;  // that match the filter, on all pages
  };
  Page list(const std::string& filter, const std::string& after_id, std::size_t most);

  // The user as it is now, and then every change.
  cpp_lite::Result<std::shared_ptr<Watch>> watch(const std::string& id);

 private:
  // The watches that a change was written to. Declared before the lock, it notifies after it.
  struct Told {
    std::vector<std::shared_ptr<Watch>> watches;
    ~Told() {
      for (const auto& watch : watches) watch->notify();
    }
  };

  // All under the mutex.
  cpp_lite::Status check_free(const v1::User& user) const;
  std::string new_id();
  v1::User store(v1::User user, Told& told);
  std::vector<std::shared_ptr<Watch>> watches_of(const std::string& id);

  const Now now_;
  std::mutex mutex_;
  std::uint64_t count_ = 0;                                   // guarded by mutex_
  std::map<std::string, v1::User> users_;                     // guarded by mutex_
  std::multimap<std::string, std::weak_ptr<Watch>> watches_;  // guarded by mutex_
};

}  // namespace users
