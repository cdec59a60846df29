// Which codes cannot come from the way to a server.
#pragma once

#include <cpp_lite/status.h>

namespace cpp_lite::policy {

// gRFC A54 (docs/rules.md R13): what applications answer. Where resolving, picking or a token ends
// with one of these, its place is taken by INTERNAL.
inline bool is_of_applications(Code code) {
  switch (code) {
    case Code::ok:
    case Code::invalid_argument:
    case Code::not_found:
    case Code::already_exists:
    case Code::failed_precondition:
    case Code::aborted:
    case Code::out_of_range:
    case Code::data_loss:
      return true;
    default:
      return false;
  }
}

}  // namespace cpp_lite::policy
