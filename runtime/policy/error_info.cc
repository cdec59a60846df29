#include "policy/error_info.h"

#include <cstdint>
#include <utility>

namespace cpp_lite::policy {
namespace {

constexpr std::string_view kType = "google.rpc.ErrorInfo";
constexpr std::string_view kUrl = "type.googleapis.com/google.rpc.";
constexpr std::string_view kDomain = "cpp-lite";
// Fields 1, 2 and 3, length-delimited.
constexpr char kFirst = 0x0a, kSecond = 0x12, kThird = 0x1a;
constexpr char kReasonTag = kFirst, kDomainTag = kSecond, kMetadataTag = kThird;

void append_text(std::string& to, char tag, std::string_view text) {
  to.push_back(tag);
  std::size_t size = text.size();
  for (; size >= 0x80; size >>= 7U) to.push_back(static_cast<char>(size | 0x80U));
  to.push_back(static_cast<char>(size));
  to.append(text);
}

// A message of two texts; so is an entry of a map.
std::string pair_of(std::string_view first, std::string_view second) {
  std::string both;
  append_text(both, kFirst, first);
  append_text(both, kSecond, second);
  return both;
}

// A base-128 varint off the front; false: there is none.
bool read_varint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (in.empty()) return false;
    const auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// One field off the front; false: the rest is not to be understood. ErrorInfo has fields of the
// length-delimited kind only.
bool read_field(std::string_view& in, std::uint64_t& tag, std::string_view& text) {
  std::uint64_t size = 0;
  if (!read_varint(in, tag) || (tag & 7U) != 2) return false;
  if (!read_varint(in, size) || size > in.size()) return false;
  text = in.substr(0, static_cast<std::size_t>(size));
  in.remove_prefix(text.size());
  return true;
}

}  // namespace

bool is_refusal_reason(std::string_view reason) {
  return reason == kCircuitOpen || reason == kBulkheadFull || reason == kThrottled;
}

StatusDetail error_info(std::string_view reason,
                        const std::vector<std::pair<std::string, std::string>>& metadata) {
  StatusDetail detail{std::string(kUrl) + "ErrorInfo", {}};
  append_text(detail.value, kReasonTag, reason);
  append_text(detail.value, kDomainTag, kDomain);
  for (const auto& [key, value] : metadata) {
    append_text(detail.value, kMetadataTag, pair_of(key, value));
  }
  return detail;
}

StatusDetail bad_request(std::string_view field, std::string_view description) {
  StatusDetail detail{std::string(kUrl) + "BadRequest", {}};
  append_text(detail.value, kFirst, pair_of(field, description));
  return detail;
}

std::string_view error_reason(const StatusDetail& detail) {
  const std::string_view url = detail.type_url;
  if (url.substr(url.rfind('/') + 1) != kType) return {};
  std::string_view rest = detail.value, text, reason;
  std::uint64_t tag = 0;
  while (!rest.empty() && read_field(rest, tag, text)) {
    if (tag == static_cast<std::uint64_t>(kReasonTag)) reason = text;
  }
  return reason;
}

Status refusal(std::string_view reason, std::string message, std::string phase) {
  Status status(Code::unavailable, std::move(message));
  status.add_raw_detail(error_info(reason)).set_not_executed(true).set_phase(std::move(phase));
  return status;
}

}  // namespace cpp_lite::policy
