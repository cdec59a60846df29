#include "wire/metadata_fields.h"

#include <algorithm>
#include <array>
#include <string>

#include "wire/base64.h"
#include "wire/causes.h"
#include "wire/retry_hints.h"

namespace cpp_lite::wire {
namespace {

constexpr std::array<std::string_view, 7> kHiddenGrpcNames = {
    "grpc-accept-encoding", "grpc-encoding",           "grpc-message", "grpc-message-type",
    "grpc-status",          "grpc-status-details-bin", "grpc-timeout",
};

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

// Cuts the first of several values that a proxy joined with commas off the front.
std::string_view cut_value(std::string_view& rest, bool& more) {
  const std::size_t comma = rest.find(',');
  const std::string_view value = trimmed(rest.substr(0, comma));
  more = comma != std::string_view::npos;
  rest = more ? rest.substr(comma + 1) : std::string_view();
  return value;
}

}  // namespace

bool is_hidden(std::string_view name) {
  if (name.starts_with("grpc-")) {
    return std::find(kHiddenGrpcNames.begin(), kHiddenGrpcNames.end(), name) !=
           kHiddenGrpcNames.end();
  }
  if (name.starts_with("cpp-lite-")) return name == kNotExecutedName;
  return Metadata::is_reserved(name) && name != "user-agent" && name != "content-length";
}

bool is_binary_value(std::string_view value) {
  for (bool more = true; more;) {
    if (!is_base64(cut_value(value, more))) return false;
  }
  return true;
}

void write_metadata(FieldWriter& out, const Metadata& metadata) {
  for (const Metadata::Entry& entry : metadata) {
    if (Metadata::is_reserved(entry.key)) continue;
    if (is_binary(entry.key)) {
      out.add_made(entry.key, false,
                   [&](std::string& value) { base64_encode(entry.value, value); });
    } else {
      out.add(entry.key, trimmed(entry.value));  // RFC 9113 8.2.1: no space at either end
    }
  }
}

Status read_metadata_field(std::string_view name, std::string_view value, Metadata& out) {
  if (is_hidden(name)) return Status();
  if (!is_binary(name)) {
    out.add(name, value);
    return Status();
  }
  std::string bytes;
  for (bool more = true; more;) {
    bytes.clear();
    if (!base64_decode(cut_value(value, more), bytes)) {
      return local_status(LocalCause::malformed_binary_metadata, name);
    }
    out.add(name, bytes);
  }
  return Status();
}

}  // namespace cpp_lite::wire
