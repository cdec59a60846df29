// For policies that count calls: how each of them went, told once.
#pragma once

#include <cpp_lite/channel.h>

#include <functional>
#include <memory>

namespace cpp_lite::policy {

// Null: the call was dropped before its end. Called on any thread, with no lock of ours held.
using CallEnd = std::function<void(const RawReply* reply)>;

// The same call; `end` is told when it ends, or when it is dropped. A stream ends well as soon as
// its first message comes: what counts is whether the server answers, and streams may be long.
Future<RawReply> watched(Future<RawReply> call, CallEnd end);
std::unique_ptr<RawStream> watched(std::unique_ptr<RawStream> call, CallEnd end);

}  // namespace cpp_lite::policy
