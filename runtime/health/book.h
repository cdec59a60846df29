// What is known of services, and how many watch it. Thread-safe.
#pragma once

#include <cpp_lite/event.h>
#include <cpp_lite/health.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cpp_lite::health {

class Book {
 public:
  using Statuses = std::map<std::string, ServingStatus, std::less<>>;

  explicit Book(std::size_t max_watchers) : places_(max_watchers) {}

  void set(std::string_view service, ServingStatus status);
  // The server has this service: it is serving, unless something else was said before.
  void serve(std::string_view service);
  // Nothing is serving any more, and nothing changes after this.
  void drain();

  std::optional<ServingStatus> look_up(std::string_view service) const;  // nothing: unknown
  Statuses all() const;

  struct News {
    std::optional<ServingStatus> status;  // nothing: unknown
    bool last = false;
    Future<void> change;  // of any service, from this moment on; not valid after the last one
  };
  News watch(std::string_view service);

  // The book for one watcher, who holds one of its places as long as this. Null: none is free.
  static std::shared_ptr<Book> for_watcher(const std::shared_ptr<Book>& book);

 private:
  std::optional<ServingStatus> find(std::string_view service) const;

  Event changed_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Statuses statuses_{{"", ServingStatus::serving}};
  std::size_t places_;  // that are free
  bool draining_ = false;
};

}  // namespace cpp_lite::health
