// Small messages that are used again: their strings keep the memory that they have, so that the
// next call takes none. Who does not ask for it pays nothing, and may keep every message.
//
//   auto response = cpp_lite::recycled<ChargeResponse>();  // empty, and perhaps with memory
//   response.set_transaction_id(request.order_id());
//   cpp_lite::recycle(std::move(request));                 // for a later request
//   return response;                                       // goes back by itself, once it is sent
#pragma once

#include <cpp_lite/block.h>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace cpp_lite {

namespace detail {

// What one thread keeps of one type.
template <typename Message>
class Spare {
 public:
  // Null: the thread ends, or nothing is to be kept.
  static Spare* of_thread() {
    if (over_ || !keeps_memory()) return nullptr;
    used_ = true;
    thread_local Spare spare;
    return &spare;
  }
  // Null, too, as long as nobody has recycled on this thread: it makes none.
  static Spare* in_use() { return used_ ? of_thread() : nullptr; }

  void want() { wanted_ = true; }
  bool wanted() const { return wanted_; }  // somebody takes what is given back
  void take(Message& empty) {
    if (count_ > 0) empty = std::move(messages_[--count_]);  // swaps them
  }
  // A message larger than that may go.
  static constexpr std::size_t kLargest = 1024;
  void give(Message& message) {
    if (count_ == messages_.size()) return;
    message.Clear();
    messages_[count_++] = std::move(message);
  }

 private:
  Spare() = default;
  ~Spare() { over_ = true; }

  static constinit inline thread_local bool over_ = false, used_ = false;
  std::array<Message, 16> messages_;
  std::size_t count_ = 0;
  bool wanted_ = false;
};

// For a request that is to be parsed into it.
template <typename Message>
void take_spare(Message& empty) {
  if (auto* spare = Spare<Message>::in_use()) spare->take(empty);
}

// Of a response that was serialized a moment ago.
template <typename Message>
void give_spare(Message& sent) {
  using Kept = Spare<Message>;
  Kept* const spare = Kept::in_use();
  if (spare == nullptr || !spare->wanted()) return;
  if (static_cast<std::size_t>(sent.GetCachedSize()) <= Kept::kLargest) spare->give(sent);
}

}  // namespace detail

// An empty message, on any thread.
template <typename Message>
Message recycled() {
  Message message;
  if (auto* spare = detail::Spare<Message>::of_thread()) {
    spare->want();
    spare->take(message);
  }
  return message;
}

// Nobody needs this message any more. Few are kept, on this thread, and none that is large.
template <typename Message>
void recycle(Message&& message) {
  static_assert(!std::is_lvalue_reference_v<Message> && !std::is_const_v<Message>,
                "recycle(std::move(message))");
  using Kept = detail::Spare<Message>;
  Kept* const spare = Kept::of_thread();
  if (spare != nullptr && message.ByteSizeLong() <= Kept::kLargest) spare->give(message);
}

}  // namespace cpp_lite
