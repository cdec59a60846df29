// The text of x.lite.h.
#pragma once

#include <string>

#include "model.h"

namespace cpp_lite::plugin {

std::string make_header(const File& file);

}  // namespace cpp_lite::plugin
