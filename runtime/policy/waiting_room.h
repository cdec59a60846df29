// So many places for calls, and a queue for those that find none: what bulkhead() in layers.h is
// made of.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/future.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/overload.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cpp_lite::policy {

class WaitingRoom;

// The right to be under way. Gives its place to the next one that waits when it is destroyed.
class Place {
 public:
  Place() = default;
  explicit Place(std::shared_ptr<WaitingRoom> room) : room_(std::move(room)) {}
  Place(Place&&) = default;
  Place& operator=(Place&& other) noexcept {
    std::swap(room_, other.room_);
    return *this;
  }
  ~Place();

 private:
  std::shared_ptr<WaitingRoom> room_;
};

// How waiting ended: with a place, or with the error that the call ends with.
struct Admission {
  Status status;
  Place place;
};

// Kept by a channel's layer and by the calls in it. Thread-safe; nothing of a caller runs under its
// mutex.
class WaitingRoom : public std::enable_shared_from_this<WaitingRoom> {
 public:
  explicit WaitingRoom(const BulkheadOptions& options);
  ~WaitingRoom();
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  // Calls that wait do so in the order of their arrival, and no longer than to their deadline: the
  // caller's, the method's max_timeout, what a parent leaves. It becomes absolute, so that the
  // waiting counts. Dropping the Future gives the turn up.
  Future<Admission> enter(Call& call);

 private:
  friend class Place;
  using Ticket = std::uint64_t;
  struct Alarm;

  // Forgets itself at the parent when it is over.
  class ParentWatch {
   public:
    ParentWatch() = default;
    ParentWatch(std::shared_ptr<CallContext> parent, std::uint64_t id)
        : parent_(std::move(parent)), id_(id) {}
    ParentWatch(ParentWatch&&) = default;
    ParentWatch& operator=(ParentWatch&&) = default;
    ~ParentWatch() {
      if (parent_ != nullptr) parent_->forget(id_);
    }

   private:
    std::shared_ptr<CallContext> parent_;
    std::uint64_t id_ = 0;
  };
  struct Waiter {
    detail::Promise<Admission> promise;
    SteadyTime deadline;
    ParentWatch parent = {};
  };

  void leave();
  void give_places();
  SteadyTime fix_deadline(Call& call);
  std::optional<Ticket> queue_up(Waiter waiter);
  std::optional<Waiter> remove(Ticket ticket);
  void turn_away(Ticket ticket, Status status);
  void watch_parent(Ticket ticket, const std::shared_ptr<CallContext>& parent);

  const std::shared_ptr<Loop>& loop();
  void set_alarm();       // on the loop
  void turn_away_late();  // on the loop
  std::vector<Waiter> remove_late(SteadyTime now);

  const std::size_t most_in_flight_, longest_queue_;

  std::once_flag loop_made_;
  std::shared_ptr<Loop> loop_;  // constant once it is made

  std::unique_ptr<Alarm> alarm_;  // for the loop alone

  std::mutex mutex_;
  // Guarded by mutex_:
  std::size_t in_flight_ = 0;
  bool granting_ = false;  // some thread is giving places away, and will see what changes meanwhile
  Ticket next_ticket_ = 1;
  std::map<Ticket, Waiter> queue_;
  SteadyTime alarm_set_ = SteadyTime::max();
};

}  // namespace cpp_lite::policy
