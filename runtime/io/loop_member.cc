#include "io/loop_member.h"

#include "io/loop_asio.h"

namespace cpp_lite::io {

LoopMember::LoopMember(Loop& loop) {
  if (AsioLoop* ours = AsioLoop::of(loop)) ours->members().add(*this);
}

void LoopMember::leave() {
  if (list_ == nullptr) return;
  (previous_ != nullptr ? previous_->next_ : list_->first_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  --list_->count_;
  list_ = nullptr;
}

void LoopMembers::add(LoopMember& member) {
  member.list_ = this;
  member.next_ = first_;
  member.previous_ = nullptr;
  if (first_ != nullptr) first_->previous_ = &member;
  first_ = &member;
  ++count_;
}

bool LoopMembers::stop_one() {
  if (first_ == nullptr) return false;
  LoopMember& member = *first_;
  member.leave();
  member.on_loop_stop();
  return true;
}

}  // namespace cpp_lite::io
