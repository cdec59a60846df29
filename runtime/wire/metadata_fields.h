// The user's metadata among the header fields of a block: which names are his, and how values look.
// What is never sent for him: Metadata::is_reserved().
#pragma once

#include <cpp_lite/metadata.h>
#include <cpp_lite/status.h>

#include <cstddef>
#include <string_view>

#include "wire/fields.h"

namespace cpp_lite::wire {

// What a received block says to the runtime and not to the user. Less than what is reserved: a
// user-agent or a grpc-previous-rpc-attempts may be read.
bool is_hidden(std::string_view name);
// The value is bytes, on the wire in base64.
inline bool is_binary(std::string_view name) { return name.ends_with("-bin"); }
// One or more base64 values, joined with commas.
bool is_binary_value(std::string_view value);

// Appends all but the reserved names. The metadata must live until the fields were taken.
void write_metadata(FieldWriter& out, const Metadata& metadata);

// Appends one received field, unless it is hidden. INTERNAL for bad base64.
Status read_metadata_field(std::string_view name, std::string_view value, Metadata& out);

// Appends the user's metadata of a block. To be called when somebody asks for it: decoding is what
// costs.
template <FieldSource Fields>
Status read_metadata(const Fields& fields, Metadata& out) {
  Status result;
  for (std::size_t i = 0; i < fields.size() && result.ok(); ++i) {
    result = read_metadata_field(fields.name(i), fields.value(i), out);
  }
  return result;
}

}  // namespace cpp_lite::wire
