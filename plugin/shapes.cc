#include "shapes.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <type_traits>

#include "options.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

using detail::FieldKind;
using detail::FieldPresence;
using detail::FieldShape;
using Field = pb::FieldDescriptor;

// Whether a number that the enum does not know is no value of the field. In doubt it is not.
template <typename F>
bool is_closed(const F& field) {
  if constexpr (requires { field.legacy_enum_field_treated_as_closed(); }) {
    return field.legacy_enum_field_treated_as_closed();
  } else {
    const auto& file = *field.file();  // later versions of protobuf know no syntax
    constexpr auto kOpen = std::remove_cvref_t<decltype(file)>::SYNTAX_PROTO3;
    return file.syntax() != kOpen || field.enum_type()->file()->syntax() != kOpen;
  }
}

FieldKind kind_of(const Field& field) {
  switch (field.type()) {
    case Field::TYPE_INT64:
    case Field::TYPE_UINT64:
    case Field::TYPE_SINT64:
      return FieldKind::varint64;
    case Field::TYPE_DOUBLE:
    case Field::TYPE_FIXED64:
    case Field::TYPE_SFIXED64:
      return FieldKind::fixed64;
    case Field::TYPE_FLOAT:
    case Field::TYPE_FIXED32:
    case Field::TYPE_SFIXED32:
      return FieldKind::fixed32;
    case Field::TYPE_BOOL:
      return FieldKind::boolean;
    case Field::TYPE_STRING:
    case Field::TYPE_BYTES:
      return FieldKind::bytes;
    case Field::TYPE_MESSAGE:
      return FieldKind::message;
    case Field::TYPE_GROUP:
      return FieldKind::group;
    case Field::TYPE_ENUM:
      return is_closed(field) ? FieldKind::closed_enum : FieldKind::varint32;
    default:  // int32, uint32, sint32
      return FieldKind::varint32;
  }
}

// Of a map's entry: a key or value that is left out is 0 or empty.
FieldPresence presence_in_entry(FieldKind kind) {
  return kind == FieldKind::message ? FieldPresence::explicitly : FieldPresence::implicit;
}

FieldPresence presence_of(const Field& field, FieldKind kind) {
  if (field.is_map()) return FieldPresence::map;
  if (field.is_repeated()) return FieldPresence::repeated;
  if (field.containing_type()->options().map_entry()) return presence_in_entry(kind);
  return field.has_presence() ? FieldPresence::explicitly : FieldPresence::implicit;
}

// Message types in the order in which they are met.
class Gatherer {
 public:
  std::uint32_t index_of(const pb::Descriptor& type) {
    const auto [place, added] = indices_.emplace(&type, types_.size());
    if (added) types_.push_back(&type);
    return static_cast<std::uint32_t>(place->second);
  }

  NamedField named(const Field& field) {
    FieldShape shape{.number = static_cast<std::uint32_t>(field.number()), .kind = kind_of(field)};
    shape.presence = presence_of(field, shape.kind);
    if (const pb::OneofDescriptor* oneof = field.real_containing_oneof()) {
      shape.oneof = static_cast<std::uint16_t>(oneof->index() + 1);
    }
    if (field.message_type() != nullptr) shape.message = index_of(*field.message_type());
    return {std::string(field.name()), shape};
  }

  NamedMessage named(const pb::Descriptor& type) {
    NamedMessage message{std::string(type.full_name()), {}};
    for (int i = 0; i < type.field_count(); ++i) message.fields.push_back(named(*type.field(i)));
    std::sort(
        message.fields.begin(), message.fields.end(),
        [](const NamedField& a, const NamedField& b) { return a.shape.number < b.shape.number; });
    return message;
  }

  Shapes all() {
    Shapes shapes;
    for (std::size_t i = 0; i < types_.size(); ++i) shapes.push_back(named(*types_[i]));
    return shapes;
  }

 private:
  std::map<const pb::Descriptor*, std::size_t> indices_;
  std::vector<const pb::Descriptor*> types_;
};

// What is wrong with a step to `field` on a way that goes on below it; nothing if it is fine.
std::string fault_of_way(const Field& field) {
  const std::string name(field.name());
  if (field.is_map()) return name + " is a map; a path can name it, but nothing in it";
  return field.message_type() == nullptr ? name + " is no message" : "";
}

}  // namespace

Shapes shapes_of(const pb::Descriptor& request) {
  Gatherer gatherer;
  gatherer.index_of(request);
  return gatherer.all();
}

FoundPath find_path(const pb::Descriptor& request, const std::string& path) {
  if (path.empty() || path == "*" || path == ".") {
    return {{}, "that is the whole request, which would make all requests the same"};
  }
  FoundPath found;
  const pb::Descriptor* type = &request;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t dot = std::min(path.find('.', from), path.size());
    const std::string name = path.substr(from, dot - from);
    from = dot + 1;
    const Field* field = type->FindFieldByName(name);
    if (field == nullptr) {
      return {{}, std::string(type->full_name()) + " has no field of the name " + quoted(name)};
    }
    found.numbers.push_back(static_cast<std::uint32_t>(field->number()));
    if (dot == path.size()) break;
    if (std::string fault = fault_of_way(*field); !fault.empty()) return {{}, std::move(fault)};
    type = field->message_type();
  }
  return found;
}

std::vector<FieldNumbers> tidy(std::vector<FieldNumbers> paths) {
  std::sort(paths.begin(), paths.end());
  std::vector<FieldNumbers> kept;
  for (FieldNumbers& path : paths) {  // those below a path come right behind it
    const bool below = !kept.empty() && kept.back().size() <= path.size() &&
                       std::equal(kept.back().begin(), kept.back().end(), path.begin());
    if (!below) kept.push_back(std::move(path));
  }
  return kept;
}

}  // namespace cpp_lite::plugin
