#include "idempotency/record_codec.h"

#include <gtest/gtest.h>

#include "idempotency/one_record.h"

namespace cpp_lite::idempotency::testing {
namespace {

StoredResult full_result() {
  StoredResult result = answer("bytes");
  result.code = Code::failed_precondition;
  result.message = "declined";
  result.details = std::string("\0details", 8);
  result.trailers = {{"a", "1"}, {"a", ""}, {"b-bin", "\xff"}};
  result.tombstone = true;
  return result;
}

Record full_record() {
  Record record;
  record.state = State::indeterminate;
  record.fingerprint = request(3);
  record.fingerprint.algorithm = 2;
  record.fingerprint.excluded[31] = 9;
  record.token = token(5);
  record.attempt = 4'000'000'000;
  record.first_begin = Time(1ms);
  record.lease_until = Time::max();
  record.since = Time(-1ms);
  record.expires_at = Time(2ms);
  record.ttl = 3ms;
  record.rerun_until = Milliseconds::max();
  record.expires = true;
  record.result = full_result();
  record.owner = {"host", 42, Time(4ms)};
  record.label = {"pkg.S.M", "alice", std::string(300, 'k')};
  return record;
}

TEST(RecordCodec, BringsBackWhatWasWritten) {
  EXPECT_EQ(decode_record(encode(full_record())), full_record());
  EXPECT_EQ(decode_record(encode(Record())), Record());
}

TEST(RecordCodec, BringsBackThePartsAlone) {
  EXPECT_EQ(decode_result(encode(full_result())), full_result());
  EXPECT_EQ(decode_owner(encode(full_record().owner)), full_record().owner);
  EXPECT_EQ(decode_label(encode(full_record().label)), full_record().label);
}

TEST(RecordCodec, SkipsAFieldOfALaterRelease) {
  Bytes bytes = encode(full_record());
  bytes.insert(bytes.end(), {200, 3, 'n', 'e', 'w'});
  EXPECT_EQ(decode_record(bytes), full_record());
}

TEST(RecordCodec, TakesTheDefaultOfAFieldThatIsNotThere) {
  EXPECT_EQ(decode_result(Bytes{1}), StoredResult());
}

TEST(RecordCodec, ReadsTheBytesOfTheFirstRelease) {
  // Code (1) NOT_FOUND, message (2) "no", tombstone (6).
  const Bytes bytes = {1,   1,   8, 5, 0, 0, 0, 0, 0, 0, 0, 2, 2,
                       'n', 'o', 6, 8, 1, 0, 0, 0, 0, 0, 0, 0};
  StoredResult result;
  result.code = Code::not_found;
  result.message = "no";
  result.tombstone = true;
  EXPECT_EQ(decode_result(bytes), result);
}

TEST(RecordCodec, RefusesWhatIsCutShort) {
  const Bytes whole = encode(full_record());
  std::size_t accepted = 0;  // a cut between two fields cannot be seen
  for (std::size_t size = 0; size < whole.size(); ++size) {
    accepted += decode_record(std::span(whole).first(size)) ? 1U : 0U;
  }
  EXPECT_EQ(accepted, 14U);
}

TEST(RecordCodec, RefusesAnotherVersionAndValuesThatDoNotExist) {
  Bytes bytes = encode(full_result());
  bytes[0] = 2;
  EXPECT_FALSE(decode_result(bytes));
  EXPECT_FALSE(decode_result({}));
  EXPECT_FALSE(decode_result(Bytes{1, 1, 8, 17, 0, 0, 0, 0, 0, 0, 0}));  // no such code
  EXPECT_FALSE(decode_record(Bytes{1, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0}));   // no such state
  EXPECT_FALSE(decode_record(Bytes{1, 3, 1, 0}));                        // a token of one byte
}

}  // namespace
}  // namespace cpp_lite::idempotency::testing
