// What stands around every call of users_server: who may call at all, and a name for each call.
#pragma once

#include <cpp_lite/server.h>

#include <string>

namespace users {

// UNAUTHENTICATED unless the metadata "authorization" is "Bearer " and the token.
cpp_lite::ServerLayer require_token(std::string token);

// Sends back the caller's "x-request-id" as a header, or makes one up: what appears in the logs of
// both sides can then be put together. Logs each call with it.
cpp_lite::ServerLayer name_requests(cpp_lite::LogFunction log);

}  // namespace users
