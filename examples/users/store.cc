#include "store.h"

#include <chrono>
#include <iomanip>
#include <optional>
#include <sstream>

namespace users {

using cpp_lite::Code;
using cpp_lite::Status;

namespace {

Status unknown(const std::string& id) {
  return Status(Code::not_found, "there is no user \"" + id + "\"");
}

bool matches(const v1::User& user, const std::string& filter) {
  return user.username().find(filter) != std::string::npos ||
         user.email().find(filter) != std::string::npos;
}

}  // namespace

std::int64_t system_now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_1970).count();
}

MaybeUser Store::get(const std::string& id) {
  std::lock_guard lock(mutex_);
  const auto found = users_.find(id);
  if (found == users_.end()) return unknown(id);
  return found->second;
}

MaybeUser Store::put(v1::User user) {
  Told told;
  std::lock_guard lock(mutex_);
  if (Status taken = check_free(user); !taken.ok()) return taken;
  if (user.id().empty()) user.set_id(new_id());
  const auto known = users_.find(user.id());
  user.set_created_at(known == users_.end() ? now_() : known->second.created_at());
  return store(std::move(user), told);
}

MaybeUser Store::update(const std::string& id,
                        const std::function<MaybeUser(const v1::User&)>& change) {
  Told told;
  std::lock_guard lock(mutex_);
  const auto found = users_.find(id);
  if (found == users_.end()) return unknown(id);
  MaybeUser changed = change(found->second);
  if (!changed) return changed;
  if (Status taken = check_free(*changed); !taken.ok()) return taken;
  return store(*std::move(changed), told);
}

bool Store::remove(const std::string& id) {
  Told told;
  std::lock_guard lock(mutex_);
  if (users_.erase(id) == 0) return false;
  told.watches = watches_of(id);
  for (const auto& watch : told.watches) watch->end(Status());
  watches_.erase(id);
  return true;
}

Store::Page Store::list(const std::string& filter, const std::string& after_id, std::size_t most) {
  Page page;
  std::lock_guard lock(mutex_);
  for (const auto& [id, user] : users_) {
    if (!matches(user, filter)) continue;
    ++page.total;
    if (id <= after_id) continue;
    if (page.users.size() < most) {
      page.users.push_back(user);
    } else {
      page.last = false;
    }
  }
  return page;
}

cpp_lite::Result<std::shared_ptr<Watch>> Store::watch(const std::string& id) {
  std::lock_guard lock(mutex_);
  const auto found = users_.find(id);
  if (found == users_.end()) return unknown(id);
  auto watch = std::make_shared<Watch>();
  watch->add(found->second);
  std::erase_if(watches_, [](const auto& entry) { return entry.second.expired(); });
  watches_.emplace(id, watch);
  return watch;
}

// A thousand users are looked through in no time; a database would have two unique indexes.
Status Store::check_free(const v1::User& user) const {
  for (const auto& [id, other] : users_) {
    if (id == user.id()) continue;
    if (other.username() == user.username()) {
      return Status(Code::already_exists, "username \"" + user.username() + "\" is in use");
    }
    if (other.email() == user.email()) {
      return Status(Code::already_exists, "email \"" + user.email() + "\" is in use");
    }
  }
  return {};
}

// Ids grow, so that new users come at the end of a list.
std::string Store::new_id() {
  for (;;) {
    std::ostringstream id;
    id << "user-" << std::setw(8) << std::setfill('0') << ++count_;
    if (!users_.contains(id.str())) return id.str();
  }
}

v1::User Store::store(v1::User user, Told& told) {
  told.watches = watches_of(user.id());
  for (const auto& watch : told.watches) watch->add(user);
  return users_[user.id()] = std::move(user);
}

std::vector<std::shared_ptr<Watch>> Store::watches_of(const std::string& id) {
  std::vector<std::shared_ptr<Watch>> found;
  const auto [first, last] = watches_.equal_range(id);
  for (auto entry = first; entry != last; ++entry) {
    if (auto watch = entry->second.lock()) found.push_back(std::move(watch));
  }
  return found;
}

}  // namespace users
