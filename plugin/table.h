// The rows of a service's `methods`, and the literals that they are made of.
#pragma once

#include <string>

#include "model.h"

namespace cpp_lite::plugin {

// "{.path = ...}": what differs from the defaults of cpp_lite::Method.
std::string table_row(const Method& method);

// Comments on what the .proto says of attempts and the table does not hold; empty if there is
// nothing.
std::string table_notes(const Service& service);

}  // namespace cpp_lite::plugin
