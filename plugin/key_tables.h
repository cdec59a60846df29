// What the generated source tells the server of methods with a key: constants of
// <cpp_lite/keyed.h>, in front of the table of routes that names them.
#pragma once

#include <cstddef>
#include <string>

#include "model.h"

namespace cpp_lite::plugin {

bool has_served_keys(const File& file);

// The constants of a service; nothing if no method has a key.
std::string key_tables(const Service& service);

// ", &key_0" for the method of this index; nothing if it has no key.
std::string key_argument(const Method& method, std::size_t index);

}  // namespace cpp_lite::plugin
