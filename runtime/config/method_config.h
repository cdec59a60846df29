// Reads one entry of a service config's methodConfig: rules V2 to V13 of docs/rules.md.
#pragma once

#include <string>
#include <unordered_map>

#include "config/field_reader.h"
#include "config/json.h"
#include "config/service_config.h"

namespace cpp_lite::config {

// The names of all entries so far, as ServiceConfig::index has them, and their lines.
using SeenNames = std::unordered_map<std::string, int>;

// "/package.Service/Method", "/package.Service/" or "".
std::string lookup_key(const MethodName& name);

// What is wrong is reported to the reader and left out of the result, and so are names seen before.
MethodConfig read_method_config(FieldReader& reader, const JsonNode& node, SeenNames& seen);

}  // namespace cpp_lite::config
