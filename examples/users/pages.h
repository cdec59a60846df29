// Page tokens: where a list goes on, in a form that clients hand back and do not look into.
#pragma once

#include <optional>
#include <string>

namespace users {

// A page begins behind the user with this id, so users that are added or deleted meanwhile neither
// repeat nor hide others. The filter is kept as well: a token is of no use for another list.
struct PageStart {
  std::string after_id;
  std::string filter;
};

std::string to_token(const PageStart& start);
// Nothing: this is no token of ours.
std::optional<PageStart> from_token(const std::string& token);

}  // namespace users
