#include "policy/waiting_room.h"

#include <algorithm>
#include <utility>

#include "base/deadline_rules.h"
#include "policy/error_info.h"

namespace cpp_lite::policy {
namespace {

constexpr auto kPhase = "queued";

Status no_room() {
  return refusal(kBulkheadFull, "too many calls are under way, and too many wait", kPhase);
}
Status too_late() {
  return refusal(kBulkheadFull, "too many calls were under way until the deadline", kPhase);
}
Status parent_cancelled() {
  Status status(Code::cancelled, "the call that this one is part of was cancelled");
  status.set_not_executed(true).set_phase(kPhase);
  return status;
}

}  // namespace

struct WaitingRoom::Alarm {
  explicit Alarm(std::shared_ptr<Loop> on) : loop(std::move(on)), timer(*loop) {}

  const std::shared_ptr<Loop> loop;  // outlives the timer
  Timer timer;
};

Place::~Place() {
  if (room_ != nullptr) room_->leave();
}

WaitingRoom::WaitingRoom(const BulkheadOptions& options)
    : most_in_flight_(std::max<std::size_t>(1, options.in_flight)),
      longest_queue_(options.queue),
      loop_(options.loop) {}

WaitingRoom::~WaitingRoom() {
  if (alarm_ != nullptr) loop_->post([alarm = std::move(alarm_)]() mutable { alarm.reset(); });
}

Future<Admission> WaitingRoom::enter(Call& call) {
  if (call.method == nullptr) return Admission{};  // a fault that the network channel reports
  {
    const std::lock_guard lock(mutex_);
    if (in_flight_ < most_in_flight_ && queue_.empty()) {
      ++in_flight_;
      return Admission{Status(), Place(shared_from_this())};
    }
    if (queue_.size() >= longest_queue_) return Admission{no_room(), {}};
  }
  Waiter waiter{detail::Promise<Admission>(), fix_deadline(call)};
  auto ticket = std::make_shared<Ticket>(0);
  waiter.promise.on_drop([weak = weak_from_this(), ticket] {
    if (const auto room = weak.lock()) (void)room->remove(*ticket);
  });
  Future<Admission> admission = waiter.promise.future();
  const std::optional<Ticket> queued = queue_up(std::move(waiter));
  if (!queued) return Admission{no_room(), {}};
  *ticket = *queued;
  if (call.options.parent != nullptr) watch_parent(*queued, call.options.parent);
  return admission;
}

// When the waiting must end. The call's own deadline becomes absolute.
SteadyTime WaitingRoom::fix_deadline(Call& call) {
  constexpr std::chrono::nanoseconds kUsualMargin{-1};
  const SteadyTime now = loop()->now();
  const SteadyTime own = base::own_deadline(call.deadline, *call.method, now);
  if (own != SteadyTime::max()) call.deadline = own;
  const auto& parent = call.options.parent;
  if (parent == nullptr) return own;
  return base::child_deadline(own, parent->deadline(), now, kUsualMargin);
}

// Nothing: others were faster, and the queue is full.
std::optional<WaitingRoom::Ticket> WaitingRoom::queue_up(Waiter waiter) {
  const SteadyTime deadline = waiter.deadline;
  bool earlier = false;
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= longest_queue_) return std::nullopt;
    ticket = next_ticket_++;
    queue_.emplace(ticket, std::move(waiter));
    earlier = deadline < alarm_set_;
    if (earlier) alarm_set_ = deadline;
  }
  give_places();
  if (earlier) {
    loop()->post([weak = weak_from_this()] {
      if (const auto room = weak.lock()) room->set_alarm();
    });
  }
  return ticket;
}

void WaitingRoom::leave() {
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
  }
  give_places();
}

// One thread at a time, in a loop: a call that ends at once as it begins must not start the next
// one from within itself, a thousand deep.
void WaitingRoom::give_places() {
  std::unique_lock lock(mutex_);
  if (std::exchange(granting_, true)) return;
  while (in_flight_ < most_in_flight_ && !queue_.empty()) {
    Waiter next = std::move(queue_.extract(queue_.begin()).mapped());
    ++in_flight_;
    lock.unlock();
    {
      // One that was dropped meanwhile gives its place back here.
      const auto unwanted = next.promise.offer(Admission{Status(), Place(shared_from_this())});
      const Waiter gone = std::move(next);
    }
    lock.lock();
  }
  granting_ = false;
}

std::optional<WaitingRoom::Waiter> WaitingRoom::remove(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  auto node = queue_.extract(ticket);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

void WaitingRoom::turn_away(Ticket ticket, Status status) {
  std::optional<Waiter> waiter = remove(ticket);
  if (waiter) (void)waiter->promise.offer(Admission{std::move(status), {}});
}

void WaitingRoom::watch_parent(Ticket ticket, const std::shared_ptr<CallContext>& parent) {
  const std::uint64_t id = parent->on_cancel([weak = weak_from_this(), ticket] {
    if (const auto room = weak.lock()) room->turn_away(ticket, parent_cancelled());
  });
  ParentWatch watch(parent, id);  // ends here, after the lock, if the waiting has ended already
  const std::lock_guard lock(mutex_);
  const auto found = queue_.find(ticket);
  if (found != queue_.end()) found->second.parent = std::move(watch);
}

const std::shared_ptr<Loop>& WaitingRoom::loop() {
  std::call_once(loop_made_, [this] {
    if (loop_ == nullptr) loop_ = Loop::create();
  });
  return loop_;
}

void WaitingRoom::set_alarm() {
  SteadyTime first = SteadyTime::max();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ticket, waiter] : queue_) first = std::min(first, waiter.deadline);
    alarm_set_ = first;
  }
  if (alarm_ == nullptr) alarm_ = std::make_unique<Alarm>(loop());
  alarm_->timer.start(first, [weak = weak_from_this()] {
    if (const auto room = weak.lock()) room->turn_away_late();
  });
}

void WaitingRoom::turn_away_late() {
  for (Waiter& waiter : remove_late(loop()->now())) {
    (void)waiter.promise.offer(Admission{too_late(), {}});
  }
  set_alarm();
}

std::vector<WaitingRoom::Waiter> WaitingRoom::remove_late(SteadyTime now) {
  std::vector<Waiter> late;
  const std::lock_guard lock(mutex_);
  for (auto it = queue_.begin(); it != queue_.end();) {
    const auto next = std::next(it);
    if (it->second.deadline <= now) late.push_back(std::move(queue_.extract(it).mapped()));
    it = next;
  }
  return late;
}

}  // namespace cpp_lite::policy
