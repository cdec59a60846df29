// Partial updates: which fields of a user a client may change, and how.
#pragma once

#include <cpp_lite/result.h>
#include <google/protobuf/field_mask.pb.h>

#include "users/v1/users.pb.h"

namespace users {

// `current` with the fields of `wanted` that `mask` names. INVALID_ARGUMENT when the mask is empty,
// or names a field that does not exist or that only the server sets.
cpp_lite::Result<v1::User> updated(const v1::User& current, const v1::User& wanted,
                                   const google::protobuf::FieldMask& mask);

// INVALID_ARGUMENT unless this user can be stored.
cpp_lite::Status check(const v1::User& user);

}  // namespace users
