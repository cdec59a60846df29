// What typed Futures of messages are made of: the bytes come through code that is compiled once, in
// the library, and only the function that takes the message is typed. For the runtime.
#pragma once

#include <cpp_lite/call.h>
#include <cpp_lite/export.h>
#include <cpp_lite/future_state.h>

#include <memory>
#include <optional>

namespace cpp_lite::detail {

// For a Future whose result is made of that of `raw`, by `take`, where it is taken. Dropping it
// drops `raw`. `with` is kept for `take`.
CPP_LITE_API FutureState* taken_from(Future<RawReply> raw, FutureState::AnyFunction take,
                                     std::shared_ptr<void> with = nullptr);
CPP_LITE_API FutureState* taken_from(Future<std::optional<Bytes>> raw,
                                     FutureState::AnyFunction take, std::shared_ptr<void> with);
// For `take`.
CPP_LITE_API RawReply take_raw_reply(FutureState& ready);
CPP_LITE_API std::optional<Bytes> take_raw_message(FutureState& ready);
CPP_LITE_API const std::shared_ptr<void>& with_reply(FutureState& ready);
CPP_LITE_API const std::shared_ptr<void>& with_message(FutureState& ready);

}  // namespace cpp_lite::detail
