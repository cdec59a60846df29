#include "health/book.h"

#include <utility>

namespace cpp_lite::health {

void Book::set(std::string_view service, ServingStatus status) {
  {
    std::lock_guard lock(mutex_);
    if (draining_) return;
    const auto [place, added] = statuses_.try_emplace(std::string(service), status);
    if (!added && std::exchange(place->second, status) == status) return;
  }
  changed_.notify_all();
}

void Book::serve(std::string_view service) {
  {
    std::lock_guard lock(mutex_);
    if (draining_) return;
    if (!statuses_.try_emplace(std::string(service), ServingStatus::serving).second) return;
  }
  changed_.notify_all();
}

void Book::drain() {
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
    for (auto& [service, status] : statuses_) status = ServingStatus::not_serving;
  }
  changed_.notify_all();
}

std::optional<ServingStatus> Book::look_up(std::string_view service) const {
  std::lock_guard lock(mutex_);
  return find(service);
}

std::optional<ServingStatus> Book::find(std::string_view service) const {
  const auto found = statuses_.find(service);
  if (found == statuses_.end()) return std::nullopt;
  return found->second;
}

Book::Statuses Book::all() const {
  std::lock_guard lock(mutex_);
  return statuses_;
}

Book::News Book::watch(std::string_view service) {
  std::lock_guard lock(mutex_);
  News news;
  news.status = find(service);
  news.last = draining_;
  if (!draining_) news.change = changed_.wait();
  return news;
}

std::shared_ptr<Book> Book::for_watcher(const std::shared_ptr<Book>& book) {
  {
    std::lock_guard lock(book->mutex_);
    if (book->places_ == 0) return nullptr;
    --book->places_;
  }
  return {book.get(), [book](Book*) {
            std::lock_guard lock(book->mutex_);
            ++book->places_;
          }};
}

}  // namespace cpp_lite::health
