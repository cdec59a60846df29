// Kinds of stores that the tool opens, by URL.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cpp_lite::keys {

struct Kind {
  std::string_view scheme;  // a URL of this kind begins with it
  std::string_view form;    // for --help
  // All take the whole URL and may block. Opening makes no new database.
  Result<std::shared_ptr<IdempotencyStore>> (*open)(const std::string& url);
  // Null: there is no such thing.
  Status (*new_id)(const std::string& url);
  Status (*confirm_clock)(const std::string& url);
};

// Those that this program was built with. kinds.cc is made by CMake.
std::span<const Kind* const> kinds();

// INVALID_ARGUMENT: it is a URL of none of them.
Result<const Kind*> kind_of(const std::string& url);

}  // namespace cpp_lite::keys
