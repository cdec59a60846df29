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

std::vector<std::uint8_t> turned(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> other(bytes.begin(), bytes.end());
  for (std::uint8_t& byte : other) byte = static_cast<std::uint8_t>(byte ^ 0x55U);
  return other;
}

class Secrecy : public KeyedCalls {
 protected:
  Entry entry() {
    const auto all = store->list(std::nullopt, std::nullopt, 10).get();
    EXPECT_TRUE(all.ok() && all->size() == 1);
    return all->at(0);
  }
  void serve_sealed() {
    config.options.keyed.seal = turned;
    config.options.keyed.open = [this](std::span<const std::uint8_t> bytes) {
      if (key_is_lost) throw std::runtime_error("card 4242");
      return turned(bytes);
    };
    config.options.keyed.stored_trailers = {"balance"};
    serve();
  }
  // Everything that the store has of the answer, in one text.
  std::string stored_words() {
    const StoredResult result = *entry().result;
    std::string words = result.message + result.details;
    for (const auto& [name, value] : result.trailers) words += name + value;
    return words + std::string(result.body.begin(), result.body.end());
  }
  // In place of what the store has of the answer.
  StoredResult& stored_anew() { return store->records.begin()->second.result = StoredResult(); }

  bool key_is_lost = false;
};

TEST_F(Secrecy, AResponseIsStoredSealedAndReplayedOpen) {
  serve_sealed();
  const auto first = charge();
  const auto second = charge();
  EXPECT_EQ(body(*first), "charged 5 EUR");
  EXPECT_EQ(body(*second), "charged 5 EUR");
  EXPECT_TRUE(replayed(*second));
  EXPECT_EQ(stored_words().find("charged"), std::string::npos);
}

TEST_F(Secrecy, ErrorsDetailsAndTrailersAreSealedToo) {
  keyed.charge = [this](detail::ServedCall& call) -> Future<Status> {
    ++runs;
    (void)call.context().set_trailer("balance", "17");
    Status declined(Code::failed_precondition, "card 4242 declined");
    declined.add_raw_detail(detail::error_info("NO_MONEY"));
    return declined;
  };
  serve_sealed();
  const auto first = charge();
  const auto second = charge();
  for (const auto& answer : {first, second}) {
    EXPECT_EQ(answer->status(), "9");
    EXPECT_EQ(answer->trailer("grpc-message"), "card 4242 declined");
    EXPECT_EQ(answer->trailer("balance"), "17");
    EXPECT_EQ(reason(*answer), "NO_MONEY");
  }
  EXPECT_TRUE(replayed(*second));
  EXPECT_EQ(entry().result->code, Code::failed_precondition);
  for (const char* word : {"4242", "NO_MONEY", "balance", "17"}) {
    EXPECT_EQ(stored_words().find(word), std::string::npos) << word;
  }
}

TEST_F(Secrecy, AnAnswerThatCannotBeOpenedIsRefusedAndItsCallIsNotRunAgain) {
  serve_sealed();
  charge();
  key_is_lost = true;
  const auto refused = charge();
  EXPECT_EQ(reason(*refused), "IDEMPOTENCY_RESPONSE_NOT_RETAINED");
  EXPECT_EQ(refused->trailer("grpc-message"),
            "the request was executed, and its answer cannot be opened");
  key_is_lost = false;
  EXPECT_EQ(body(*charge()), "charged 5 EUR");
  EXPECT_EQ(runs, 1);
}

TEST_F(Secrecy, AServerWithoutTheKeyRefusesWhatIsSealed) {
  serve();
  charge();
  stored_anew().body = {0, 'c', 'p', 'p', 'l', 'i', 't', 'e', 1, 2, 3};
  EXPECT_EQ(reason(*charge()), "IDEMPOTENCY_RESPONSE_NOT_RETAINED");
  EXPECT_EQ(runs, 1);
}

TEST_F(Secrecy, WhatAnOperatorAnswersIsReplayedAsItIs) {
  serve_sealed();
  charge();
  StoredResult result;
  result.body = {'o', 'k'};
  stored_anew() = in_clear(result);
  key_is_lost = true;
  EXPECT_EQ(body(*charge()), "ok");
}

// Bodies were sealed alone, and errors not at all.
TEST_F(Secrecy, WhatWasStoredBeforeAnswersWereSealedAsAWholeIsReplayed) {
  serve_sealed();
  charge();
  const std::string response = "charged 5 EUR";
  stored_anew().body =
      turned({reinterpret_cast<const std::uint8_t*>(response.data()), response.size()});
  EXPECT_EQ(body(*charge()), response);
  StoredResult& error = stored_anew();
  error.code = Code::not_found;
  error.message = "no such card";
  EXPECT_EQ(charge()->trailer("grpc-message"), "no such card");
  stored_anew();  // an empty response, or what an operator put in
  EXPECT_EQ(charge()->status(), "0");
  EXPECT_EQ(runs, 1);
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
