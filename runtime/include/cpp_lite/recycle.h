// Small messages that are used again: their strings keep the memory that they have, so that the
// next call takes none. Who does not ask for it pays nothing, and may keep every message.
//
//   auto response = cpp_lite::recycled<ChargeResponse>();  // empty, and perhaps with memory
//   response.set_transaction_id(request.order_id());
//   cpp_lite::recycle(std::move(request));                 // for a later request
//   return response;                                       // goes back by itself, once it is sent
#pragma once

#include <cpp_lite/block.h>
#include <cpp_lite/spare.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace cpp_lite {

namespace detail {

// What one thread keeps of one type.
template <typename Message>
class Spare final : public Spares {
 public:
  // Null: the thread ends, or nothing is to be kept.
  static Spare* of_thread() {
    if (over_ || !keeps_memory()) return nullptr;
    thread_local Spare spare;
    return &spare;
  }

  void want() { wanted_ = true; }
  void take(google::protobuf::MessageLite& empty) override {
    if (count_ > 0) static_cast<Message&>(empty) = std::move(messages_[--count_]);  // swaps them
  }
  // A message larger than that may go.
  static constexpr std::size_t kLargest = 1024;
  void give(Message& message) {
    if (count_ == messages_.size() || !may_stay()) return;
    message.Clear();
    messages_[count_++] = std::move(message);
  }
  void give_sent(google::protobuf::MessageLite& sent) override {
    auto& message = static_cast<Message&>(sent);
    if (wanted_ && static_cast<std::size_t>(message.GetCachedSize()) <= kLargest) give(message);
  }

 private:
  // Clear() keeps each element that a message has ever had, below others too, and what it was
  // together may be far more than it was at any time. So one of each 32 goes, by chance: no client
  // can choose which.
  bool may_stay() {
    if (given_ % 32 == 0) {
      chance_ = chance_ * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX
    }
    return given_++ % 32 != chance_ >> 59;
  }

  Spare() { kSpares<Message> = this; }
  ~Spare() {
    kSpares<Message> = nullptr;
    over_ = true;
  }

  static constinit inline thread_local bool over_ = false;
  std::array<Message, 16> messages_;
  std::size_t count_ = 0;
  std::uint64_t chance_ = reinterpret_cast<std::uintptr_t>(this);
  unsigned given_ = 0;
  bool wanted_ = false;  // somebody takes what is given back
};

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

// Nobody needs this message any more. Few are kept, on this thread: of those of up to a KiB, and
// each for some 32 calls, since what it has been adds up.
template <typename Message>
void recycle(Message&& message) {
  static_assert(!std::is_lvalue_reference_v<Message> && !std::is_const_v<Message>,
                "recycle(std::move(message))");
  using Kept = detail::Spare<Message>;
  Kept* const spare = Kept::of_thread();
  if (spare != nullptr && message.ByteSizeLong() <= Kept::kLargest) spare->give(message);
}

}  // namespace cpp_lite
