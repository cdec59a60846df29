// Random messages of any type, by reflection. The same seed makes the same message.
#pragma once

#include <google/protobuf/message.h>

#include <random>
#include <string>

namespace cpp_lite::idempotency {

using Random = std::mt19937_64;

inline std::uint64_t below(Random& random, std::uint64_t end) { return random() % end; }

class RandomMessage {
 public:
  explicit RandomMessage(Random& random) : random_(random) {}

  // Sets about half of the fields.
  void fill(google::protobuf::Message& message, int depth = 0) {
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const auto& field = *type.field(i);
      const bool nested = field.message_type() != nullptr;
      if (below(random_, 2) == 0 || (nested && depth >= 3)) continue;
      if (!field.is_repeated()) {
        set(message, field, depth);
        continue;
      }
      for (std::uint64_t k = below(random_, 4); k > 0; --k) add(message, field, depth);
    }
  }

 private:
  using Field = google::protobuf::FieldDescriptor;

  // Often small, often with the top bit set.
  std::uint64_t bits() { return random_() >> below(random_, 64); }
  // No NaN, which is not equal to itself.
  double real() { return static_cast<double>(static_cast<std::int64_t>(bits())) / 8; }
  std::string text() {
    return std::string(below(random_, 5), static_cast<char>('a' + bits() % 26));
  }
  int number_of_enum(const Field& field) {
    const auto& type = *field.enum_type();
    return type
        .value(static_cast<int>(below(random_, static_cast<std::uint64_t>(type.value_count()))))
        ->number();
  }

  void set(google::protobuf::Message& message, const Field& field, int depth) {
    const auto& access = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_INT32:
        return access.SetInt32(&message, &field, static_cast<std::int32_t>(bits()));
      case Field::CPPTYPE_INT64:
        return access.SetInt64(&message, &field, static_cast<std::int64_t>(bits()));
      case Field::CPPTYPE_UINT32:
        return access.SetUInt32(&message, &field, static_cast<std::uint32_t>(bits()));
      case Field::CPPTYPE_UINT64:
        return access.SetUInt64(&message, &field, bits());
      case Field::CPPTYPE_DOUBLE:
        return access.SetDouble(&message, &field, real());
      case Field::CPPTYPE_FLOAT:
        return access.SetFloat(&message, &field, static_cast<float>(real()));
      case Field::CPPTYPE_BOOL:
        return access.SetBool(&message, &field, bits() % 2 == 0);
      case Field::CPPTYPE_ENUM:
        return access.SetEnumValue(&message, &field, number_of_enum(field));
      case Field::CPPTYPE_STRING:
        return access.SetString(&message, &field, text());
      case Field::CPPTYPE_MESSAGE:
        return fill(*access.MutableMessage(&message, &field), depth + 1);
    }
  }

  void add(google::protobuf::Message& message, const Field& field, int depth) {
    const auto& access = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_INT32:
        return access.AddInt32(&message, &field, static_cast<std::int32_t>(bits()));
      case Field::CPPTYPE_INT64:
        return access.AddInt64(&message, &field, static_cast<std::int64_t>(bits()));
      case Field::CPPTYPE_UINT64:
        return access.AddUInt64(&message, &field, bits());
      case Field::CPPTYPE_FLOAT:
        return access.AddFloat(&message, &field, static_cast<float>(real()));
      case Field::CPPTYPE_BOOL:
        return access.AddBool(&message, &field, bits() % 2 == 0);
      case Field::CPPTYPE_ENUM:
        return access.AddEnumValue(&message, &field, number_of_enum(field));
      case Field::CPPTYPE_STRING:
        return access.AddString(&message, &field, text());
      case Field::CPPTYPE_MESSAGE:
        return fill(*access.AddMessage(&message, &field), depth + 1);
      default:
        return;  // the test's messages repeat nothing else
    }
  }

  Random& random_;
};

}  // namespace cpp_lite::idempotency
