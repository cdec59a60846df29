// What stays of a call in its store, where people and thieves may read it.
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "idempotency/keyed_calls.h"

namespace cpp_lite::idempotency {
namespace {

class Secrecy : public KeyedCalls {
 protected:
  Entry entry() {
    const auto all = store->list(std::nullopt, std::nullopt, 10).get();
    EXPECT_TRUE(all.ok() && all->size() == 1);
    return all->at(0);
  }
};

TEST_F(Secrecy, AResponseIsStoredSealedAndReplayedOpen) {
  const auto turned = [](std::span<const std::uint8_t> bytes) {
    std::vector<std::uint8_t> other(bytes.begin(), bytes.end());
    for (std::uint8_t& byte : other) byte = static_cast<std::uint8_t>(byte ^ 0x55U);
    return other;
  };
  config.options.keyed.seal = turned;
  config.options.keyed.open = turned;
  serve();
  const auto first = charge();
  const auto second = charge();
  EXPECT_EQ(body(*first), "charged 5 EUR");
  EXPECT_EQ(body(*second), "charged 5 EUR");
  EXPECT_TRUE(replayed(*second));
  const std::vector<std::uint8_t> kept = entry().result->body;
  EXPECT_EQ(std::string(kept.begin(), kept.end()).find("charged"), std::string::npos);
  EXPECT_EQ(kept.size(), body(*first).size());
}

TEST_F(Secrecy, AnAnswerThatCannotBeSealedIsGivenOnceAndNotKept) {
  config.options.keyed.seal = [](std::span<const std::uint8_t>) -> std::vector<std::uint8_t> {
    throw std::runtime_error("the keys are away");
  };
  serve();
  EXPECT_EQ(body(*charge()), "charged 5 EUR");
  EXPECT_EQ(reason(*charge()), "IDEMPOTENCY_RESPONSE_NOT_RETAINED");
  EXPECT_EQ(runs, 1);
}

TEST_F(Secrecy, AnAnswerThatCannotBeOpenedIsNoLicenseToRunTheCallAgain) {
  config.options.keyed.open = [](std::span<const std::uint8_t>) -> std::vector<std::uint8_t> {
    throw std::runtime_error("the keys are away");
  };
  serve();
  EXPECT_EQ(body(*charge()), "charged 5 EUR");
  EXPECT_EQ(reason(*charge()), "IDEMPOTENCY_RESPONSE_NOT_RETAINED");
  EXPECT_EQ(runs, 1);
}

TEST_F(Secrecy, PeopleSeeOfAKeyWhatTheServerShows) {
  config.options.keyed.redact_key = [](std::string_view key) {
    return std::string(key.substr(0, 2)) + "...";
  };
  serve();
  charge();
  EXPECT_EQ(entry().label.key, "a-...");
}

TEST_F(Secrecy, ARedactedAnswerIsGoneAndItsCallIsNotRunAgain) {
  serve();
  charge();
  ASSERT_TRUE(store->redact(entry().id).get().ok());
  EXPECT_TRUE(entry().result->body.empty());
  EXPECT_EQ(reason(*charge()), "IDEMPOTENCY_RESPONSE_NOT_RETAINED");
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace cpp_lite::idempotency
