// The idempotency key of a unary call before it is sent (docs/rules.md, "Keys made up"): found in
// the request, taken from the options, or made up; then part of the request, so that every attempt
// sends the same bytes.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/method.h>
#include <cpp_lite/status.h>

#include <optional>
#include <string_view>

namespace cpp_lite::base {

// `in_message` is what the key field of the request holds; nullopt: nobody looked, or the key is
// none of the message. A key that is there already is never changed. settings.idempotency_key
// becomes the key that the request carries, empty if it carries none. Not OK: do not send it.
[[nodiscard]] Status settle_key(const Method& method, std::optional<std::string_view> in_message,
                                std::string_view from_options, CallSettings& settings,
                                Bytes& request);

// Of a stream, which has no key: not OK if somebody gave one all the same.
[[nodiscard]] Status expect_no_key(const Method& method, std::string_view from_options);

}  // namespace cpp_lite::base
