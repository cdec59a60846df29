// How a request lies on the wire, from its descriptors: what <cpp_lite/keyed.h> keeps of it, with
// names for readers. And which of its fields a path means (CL037).
#pragma once

#include <cpp_lite/keyed.h>
#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cpp_lite::plugin {

struct NamedField {
  std::string name;
  detail::FieldShape shape;
};

struct NamedMessage {
  std::string name;  // "payments.v1.ChargeRequest"
  std::vector<NamedField> fields;
};

// The request's type first, then whatever it is made of, each once. What an editions file says of
// presence, groups and enums an old libprotoc does not see; then more is told apart than need be,
// never less.
using Shapes = std::vector<NamedMessage>;
Shapes shapes_of(const google::protobuf::Descriptor& request);

using FieldNumbers = std::vector<std::uint32_t>;

// "order.client_timestamp" as numbers; or what is wrong with it, in words.
struct FoundPath {
  FieldNumbers numbers;
  std::string fault;
};
FoundPath find_path(const google::protobuf::Descriptor& request, const std::string& path);

// In order, each once, and none below another one.
std::vector<FieldNumbers> tidy(std::vector<FieldNumbers> paths);

}  // namespace cpp_lite::plugin
