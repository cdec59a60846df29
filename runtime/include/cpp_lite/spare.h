// Messages that recycle.h keeps, as code sees them that only asks whether there are any. For the
// runtime.
#pragma once

#include <cpp_lite/export.h>

namespace google::protobuf {
class MessageLite;
}

namespace cpp_lite::detail {

// What one thread keeps of one type.
class CPP_LITE_API Spares {
 public:
  // `empty` gets the memory of one of them, if there is one.
  virtual void take(google::protobuf::MessageLite& empty) = 0;
  // Of a response that was serialized a moment ago. Kept if somebody takes what is kept.
  virtual void give_sent(google::protobuf::MessageLite& sent) = 0;

 protected:
  ~Spares() = default;
};

// Null as long as nobody has recycled such a message on this thread, and when it ends.
template <typename Message>
constinit inline thread_local Spares* kSpares = nullptr;

}  // namespace cpp_lite::detail
