// A random sequence of operations on a store, compared step by step with the reference model.
#pragma once

#include <cpp_lite/idempotency.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "stores/faulty_store.h"
#include "stores/reference_model.h"
#include "stores/store_under_test.h"

namespace cpp_lite::idempotency::testing {

// What all sequences did, to see that they did everything: "begin, answer lost" ... -> how often.
using Coverage = std::map<std::string, int>;

// Three owners, each as a process, share three keys. Answers get lost, operations fail, time jumps.
class RandomSequence {
 public:
  RandomSequence(StoreUnderTest& store, const StoreFactory& factory, std::uint64_t seed,
                 Coverage& coverage);

  // The steps up to the one where store and model differ; empty: there is none.
  std::string run(int steps);

 private:
  static constexpr int kOwners = 3, kKeys = 3;

  // --- Chance ---
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  Token fresh_token();
  Token some_token();  // mostly the present owner's last one of the present key
  Fingerprint some_request();
  StoredResult some_result();
  BeginArgs some_begin();

  // --- Steps ---
  void step();
  void begin();
  void owner_step();
  void operator_step();
  void resolve();
  void list();
  void purge();
  void purge_the_rest();
  void pass();
  template <typename Ask, typename Expect>
  void compare(const std::string& what, Ask ask, Expect expect);

  // --- Whether answers agree ---
  bool same(Milliseconds expected, Milliseconds actual);
  bool same(Time expected, Time actual);
  bool same(const Acquired& expected, const Acquired& actual);
  bool same(const Busy& expected, const Busy& actual);
  bool same(const Indeterminate& expected, const Indeterminate& actual);
  bool same(const Entry& expected, const Entry& actual);
  template <typename T>
  bool same(const T& expected, const T& actual);
  template <typename... T>
  bool same(const std::variant<T...>& expected, const std::variant<T...>& actual);
  void diverge(const std::string& how);

  StoreUnderTest& store_;
  const StoreFactory& factory_;
  Coverage& coverage_;
  std::mt19937 random_;
  const int policy_;  // of most of its begins: EXTERNAL, DOWNSTREAM_KEYED or TRANSACTIONAL
  Id prefix_{};       // of its keys
  ReferenceModel model_;
  std::optional<Milliseconds> offset_;  // of the store's time from the model's, once seen

  int owner_ = 0, key_ = 0;  // of the present step
  Id id_{};
  std::uint32_t tokens_ = 0;
  std::array<std::array<Token, kKeys>, kOwners> last_{};  // that each owner began with
  std::vector<Token> all_;
  std::vector<std::string> trace_;
  bool diverged_ = false;
};

}  // namespace cpp_lite::idempotency::testing
