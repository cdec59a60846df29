// A stream that begins when something else is there, a token for example.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/result.h>

#include <functional>
#include <memory>
#include <string>

namespace cpp_lite::policy {

// Called once, with what was awaited, unless the stream was dropped or cancelled before.
using BeginStream = std::function<std::unique_ptr<RawStream>(Result<std::string>)>;

// What is written before it begins waits, in order.
std::unique_ptr<RawStream> late_stream(Future<Result<std::string>> awaited, BeginStream begin);

}  // namespace cpp_lite::policy
