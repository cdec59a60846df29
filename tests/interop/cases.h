// What the test cases of the interop client have in common.
#pragma once

#include <cpp_lite/channel.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "grpc/testing/test.lite.h"

namespace interop {

namespace pb = ::grpc::testing;
using cpp_lite::Code;
using cpp_lite::Status;
using Client = pb::TestService::Client;

using Channel = std::shared_ptr<cpp_lite::Channel>;

// Throws std::runtime_error when it fails.
using Case = std::function<void(const Channel&)>;
std::map<std::string, Case> core_cases();
std::map<std::string, Case> wide_cases();

constexpr std::chrono::seconds kPatience{30};

inline void check(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}
inline void check_ok(const Status& status) { check(status.ok(), status.to_string()); }
inline void check_code(Code wanted, const Status& status) {
  check(status.code() == wanted,
        "expected " + std::string(to_string(wanted)) + ", got " + status.to_string());
}

}  // namespace interop
