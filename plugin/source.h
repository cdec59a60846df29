// The text of x.lite.cc. It defines what x.lite.h declares and has no other name at file scope, so
// that two generated sources can share a translation unit.
#pragma once

#include <string>

#include "model.h"

namespace cpp_lite::plugin {

std::string make_source(const File& file);

}  // namespace cpp_lite::plugin
