#include "wire/content_type.h"

#include <algorithm>

namespace cpp_lite::wire {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

}  // namespace

BodyKind body_kind(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  if (!same(type.substr(0, kGrpcContentType.size()), kGrpcContentType)) return BodyKind::not_grpc;
  const std::string_view suffix = type.substr(kGrpcContentType.size());
  if (suffix.empty() || suffix == "+" || same(suffix, "+proto")) return BodyKind::proto;
  return suffix.front() == '+' ? BodyKind::other_codec : BodyKind::not_grpc;
}

}  // namespace cpp_lite::wire
