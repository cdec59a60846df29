#include "update.h"

#include <google/protobuf/util/field_mask_util.h>

#include <string>
#include <utility>

namespace users {

using cpp_lite::Code;
using cpp_lite::Status;
using google::protobuf::FieldMask;
using google::protobuf::util::FieldMaskUtil;

namespace {

Status check_mask(const FieldMask& mask) {
  if (mask.paths().empty()) {
    return Status(Code::invalid_argument, "update_mask must name the fields to change");
  }
  for (const std::string& path : mask.paths()) {
    if (path.empty() || !FieldMaskUtil::IsValidPath<v1::User>(path)) {
      return Status(Code::invalid_argument, "update_mask: a user has no field \"" + path + "\"");
    }
    if (path == "id" || path == "created_at") {
      return Status(Code::invalid_argument, "update_mask: only the server sets \"" + path + "\"");
    }
  }
  return {};
}

}  // namespace

cpp_lite::Result<v1::User> updated(const v1::User& current, const v1::User& wanted,
                                   const FieldMask& mask) {
  if (Status bad = check_mask(mask); !bad.ok()) return bad;
  FieldMaskUtil::MergeOptions replace;  // a field that is named becomes what was sent, empty or not
  replace.set_replace_message_fields(true);
  replace.set_replace_repeated_fields(true);
  v1::User result = current;
  FieldMaskUtil::MergeMessageTo(wanted, mask, replace, &result);
  if (Status bad = check(result); !bad.ok()) return bad;
  return result;
}

Status check(const v1::User& user) {
  if (user.username().empty()) {
    return Status(Code::invalid_argument, "username must not be empty");
  }
  const std::size_t at = user.email().find('@');
  if (at == 0 || at == std::string::npos || at + 1 == user.email().size()) {
    return Status(Code::invalid_argument, "email must look like name@host");
  }
  return {};
}

}  // namespace users
