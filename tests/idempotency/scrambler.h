// Other encodings of the same message: fields in another order, values that later ones replace,
// messages in two parts, lists in several pieces, numbers with superfluous bytes, zeros spelled
// out. The same seed makes the same encoding.
#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "idempotency/random_message.h"
#include "idempotency/wire.h"

namespace cpp_lite::idempotency {

class Scrambler {
 public:
  using Type = google::protobuf::Descriptor;
  using Field = google::protobuf::FieldDescriptor;

  explicit Scrambler(Random& random) : random_(random) {}

  std::string scramble(const std::string& message, const Type& type) {
    return join(records(view(message), type));
  }

 private:
  using Records = std::vector<std::string>;

  bool coin(std::uint64_t one_in = 2) { return below(random_, one_in) == 0; }

  static std::string join(const Records& records) {
    std::string all;
    for (const std::string& record : records) all += record;
    return all;
  }

  // Groups of records whose order matters, merged at random.
  Records records(ByteView message, const Type& type) {
    const std::vector<Piece> pieces = take_apart(message);
    std::map<std::pair<int, std::size_t>, Records> groups;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const Field& field = *type.FindFieldByNumber(static_cast<int>(pieces[i].number));
      Records& group = groups[{group_of(field), field.is_map() ? i : 0}];
      for (std::string& record : respelled(pieces[i], field)) group.push_back(std::move(record));
    }
    for (int i = 0; i < type.field_count(); ++i) {
      const Field& field = *type.field(i);
      const bool spelled_out = !field.has_presence() && !field.is_repeated() && coin(4);
      if (spelled_out) groups.try_emplace({group_of(field), 0}, Records{number_or_text(field, 0)});
    }
    return merged(std::move(groups));
  }

  static int group_of(const Field& field) {
    const auto* oneof = field.real_containing_oneof();
    return oneof != nullptr ? -1 - oneof->index() : field.number();
  }

  template <typename Groups>
  Records merged(Groups groups) {
    Records all;
    while (!groups.empty()) {
      auto group = groups.begin();
      std::advance(group, static_cast<std::ptrdiff_t>(below(random_, groups.size())));
      if (group->second.empty()) {
        groups.erase(group);
        continue;
      }
      all.push_back(std::move(group->second.front()));
      group->second.erase(group->second.begin());
    }
    return all;
  }

  Records respelled(const Piece& piece, const Field& field) {
    if (field.is_packable()) return chunks(piece, field);
    Records result = decoys(piece, field);
    if (field.message_type() == nullptr) {
      result.push_back(piece.type == WireType::bytes
                           ? sized(field, text(piece.value()))
                           : number_or_text(field, number_in(piece.value(), field)));
      return result;
    }
    if (field.is_map() && coin()) result.push_back(sized(field, key_of_entry(piece.value())));
    const Records inside = records(piece.value(), *field.message_type());
    const std::size_t cut = field.is_repeated() ? 0 : below(random_, inside.size() + 1);
    const auto middle = inside.begin() + static_cast<std::ptrdiff_t>(cut);
    if (cut > 0) result.push_back(sized(field, join({inside.begin(), middle})));
    result.push_back(sized(field, join({middle, inside.end()})));
    return result;
  }

  static std::string key_of_entry(ByteView entry) {
    const auto key = first_piece(entry);
    return key && key->number == 1 ? text(key->whole()) : "";
  }

  // Values that the one behind them replaces.
  Records decoys(const Piece& piece, const Field& field) {
    Records result;
    if (field.is_repeated() || !coin(3)) return result;
    const auto* oneof = field.real_containing_oneof();
    if (oneof == nullptr) {
      if (field.message_type() == nullptr) result.push_back(number_or_text(field, random_()));
      return result;
    }
    const Field& other = *oneof->field(
        static_cast<int>(below(random_, static_cast<std::uint64_t>(oneof->field_count()))));
    if (&other == &field) return result;
    result.push_back(text(piece.whole()));  // must not be merged with the last one
    result.push_back(number_or_text(other, random_()));
    return result;
  }

  // A list of numbers, some of them packed and some not.
  Records chunks(const Piece& piece, const Field& field) {
    Records result;
    for (ByteView rest = piece.value(); !rest.empty();) {
      std::string packed;
      for (std::uint64_t count = 1 + below(random_, 3); count > 0 && !rest.empty(); --count) {
        packed += number(field, take(rest, field));
        if (count > 1 || !coin()) continue;
        result.push_back(sized(field, packed));
        packed.clear();
      }
      if (packed.empty()) continue;
      ByteView left = view(packed);
      while (!left.empty()) result.push_back(tag(field) + number(field, take(left, field)));
    }
    return result;
  }

  static std::uint64_t number_in(ByteView bytes, const Field& field) { return take(bytes, field); }
  static std::uint64_t take(ByteView& bytes, const Field& field) {
    return take_scalar(fixed(field), bytes).value();
  }

  static detail::FieldKind fixed(const Field& field) {
    switch (wire_type(field)) {
      case WireType::fixed32:
        return detail::FieldKind::fixed32;
      case WireType::fixed64:
        return detail::FieldKind::fixed64;
      default:
        return detail::FieldKind::varint64;
    }
  }
  static WireType wire_type(const Field& field) {
    switch (field.type()) {
      case Field::TYPE_FIXED32:
      case Field::TYPE_SFIXED32:
      case Field::TYPE_FLOAT:
        return WireType::fixed32;
      case Field::TYPE_FIXED64:
      case Field::TYPE_SFIXED64:
      case Field::TYPE_DOUBLE:
        return WireType::fixed64;
      case Field::TYPE_STRING:
      case Field::TYPE_BYTES:
      case Field::TYPE_MESSAGE:
        return WireType::bytes;
      default:
        return WireType::varint;
    }
  }

  static std::string tag(const Field& field) {
    std::vector<std::uint8_t> bytes;
    append_tag(bytes, static_cast<std::uint32_t>(field.number()), wire_type(field));
    return text(bytes);
  }
  static std::string sized(const Field& field, const std::string& value) {
    std::vector<std::uint8_t> bytes;
    append_tag(bytes, static_cast<std::uint32_t>(field.number()), WireType::bytes);
    append_varint(bytes, value.size());
    return text(bytes) + value;
  }
  std::string number_or_text(const Field& field, std::uint64_t value) {
    if (wire_type(field) != WireType::bytes) return tag(field) + number(field, value);
    const bool empty = value == 0 || field.message_type() != nullptr;
    return sized(field, empty ? "" : "decoy");
  }

  // In one of the ways in which a parser reads the same number.
  std::string number(const Field& field, std::uint64_t value) {
    std::vector<std::uint8_t> bytes;
    const detail::FieldKind kind = fixed(field);
    const bool narrow = field.cpp_type() == Field::CPPTYPE_INT32 ||
                        field.cpp_type() == Field::CPPTYPE_UINT32 ||
                        field.cpp_type() == Field::CPPTYPE_ENUM;
    if (kind == detail::FieldKind::varint64 && narrow && coin()) {
      value = (value & UINT32_MAX) | (coin() ? random_() << 32U : 0);
    }
    if (field.cpp_type() == Field::CPPTYPE_BOOL && value != 0) value = random_() | 1U;
    append_scalar(bytes, kind, value);
    const bool padded = kind == detail::FieldKind::varint64 && bytes.size() < 9 && coin(4);
    if (padded) {
      bytes.back() |= 0x80U;
      bytes.push_back(0);
    }
    return text(bytes);
  }

  Random& random_;
};

}  // namespace cpp_lite::idempotency
