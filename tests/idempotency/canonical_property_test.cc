// Random messages, in the encodings of protobuf and in others: the canonical form is the same
// exactly where the messages are.
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "idempotency/canonical.h"
#include "idempotency/scrambler.h"
#include "shapes.lite.h"

namespace cpp_lite::idempotency {
namespace {

using google::protobuf::util::MessageDifferencer;
using shapes::Everything;

constexpr int kRounds = 400;

std::span<const detail::MessageShape> shapes_of_everything() {
  static shapes::Shapes::Handler handler;
  return handler.routes()[0].keyed->shapes;
}

std::string canonical_text(const std::string& bytes) {
  const auto form = canonical(view(bytes), shapes_of_everything());
  return form ? text(*form) : "malformed";
}

Everything random_message(Random& random) {
  Everything filled, message;
  RandomMessage(random).fill(filled);
  EXPECT_TRUE(message.ParseFromString(filled.SerializeAsString()));  // one entry for each key
  return message;
}

TEST(CanonicalForm, IsTheSameForAllEncodings) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Random random(seed);
    const Everything message = random_message(random);
    const std::string bytes = message.SerializeAsString();
    const std::string other = Scrambler(random).scramble(bytes, *message.GetDescriptor());
    Everything read;
    ASSERT_TRUE(read.ParseFromString(other)) << seed;
    ASSERT_TRUE(MessageDifferencer::Equals(read, message)) << "the test is wrong: " << seed;
    ASSERT_EQ(canonical_text(other), canonical_text(bytes)) << seed;
  }
}

TEST(CanonicalForm, IsTheSameMessageAndItsOwnForm) {
  for (unsigned seed = 0; seed < kRounds; ++seed) {
    Random random(seed);
    const Everything message = random_message(random);
    const std::string form = canonical_text(message.SerializeAsString());
    Everything read;
    ASSERT_TRUE(read.ParseFromString(form)) << seed;
    ASSERT_TRUE(MessageDifferencer::Equals(read, message)) << seed;
    ASSERT_EQ(canonical_text(form), form) << seed;
  }
}

// Sets a random field of a random message inside.
void change(Random& random, google::protobuf::Message& message) {
  const auto& access = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> set;
  access.ListFields(message, &set);
  for (const auto* field : set) {
    const bool nested = field->message_type() != nullptr && !field->is_repeated();
    if (nested && below(random, 3) == 0)
      return change(random, *access.MutableMessage(&message, field));
  }
  auto other = std::unique_ptr<google::protobuf::Message>(message.New());
  RandomMessage(random).fill(*other, 3);
  other->GetReflection()->ListFields(*other, &set);
  if (set.empty()) return;
  const auto* field = set[below(random, set.size())];
  access.SwapFields(&message, other.get(), {field});
}

TEST(CanonicalForm, IsAnotherForAnotherMessage) {
  int changes = 0;
  for (unsigned seed = 0; seed < 2 * kRounds; ++seed) {
    Random random(seed);
    const Everything message = random_message(random);
    Everything changed = message;
    change(random, changed);
    const bool same = MessageDifferencer::Equals(message, changed);
    changes += !same;
    ASSERT_EQ(
        canonical_text(message.SerializeAsString()) == canonical_text(changed.SerializeAsString()),
        same)
        << seed;
  }
  EXPECT_GT(changes, kRounds);
}

}  // namespace
}  // namespace cpp_lite::idempotency
