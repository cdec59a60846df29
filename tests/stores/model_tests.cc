// The store against the reference model.
#include "stores/random_sequence.h"
#include "stores/store_suite.h"

namespace cpp_lite::idempotency::testing {

// Seeds are the numbers from 0: a failure names its own, and comes back.
TEST_P(StoreSuite, AgreesWithTheReferenceModelInRandomSequences) {
  Coverage coverage;
  const int sequences = GetParam().sequences;
  for (int seed = 0; seed < sequences; ++seed) {
    RandomSequence sequence(under_test(), GetParam(), static_cast<std::uint64_t>(seed), coverage);
    ASSERT_EQ(sequence.run(40), "") << "seed " << seed;
  }
  RecordProperty("sequences", sequences);
  if (sequences < 500) return;
  for (const std::string what : {"begin", "complete", "release", "renew", "yield", "mark_unknown",
                                 "lookup", "resolve", "redact"}) {
    EXPECT_GT(coverage[what + ", answer lost"], 0) << what;
    EXPECT_GT(coverage[what + ", not applied"], 0) << what;
  }
  for (int answer = 0; answer < 5; ++answer) {
    EXPECT_GT(coverage["begin -> " + std::to_string(answer)], 0) << answer;
    EXPECT_GT(coverage["lookup -> " + std::to_string(answer)], 0) << answer;
  }
}

}  // namespace cpp_lite::idempotency::testing
