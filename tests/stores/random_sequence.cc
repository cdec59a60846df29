#include "stores/random_sequence.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace cpp_lite::idempotency::testing {

namespace {

constexpr Milliseconds kLease = 10min, kWindow = 30min, kTtl = 60min;

const char* name(Fault fault) {
  switch (fault) {
    case Fault::answer_lost:
      return ", answer lost";
    case Fault::not_applied:
      return ", not applied";
    case Fault::none:
      break;
  }
  return "";
}

std::string hex(const Token& token) { return std::to_string(token[0] * 256 + token[1]); }

// What came of it, for the coverage.
template <typename... T>
std::string kind(const std::variant<T...>& answer) {
  return std::to_string(answer.index());
}
std::string kind(CompleteResult answer) { return std::to_string(static_cast<int>(answer)); }
std::string kind(FenceResult answer) { return std::to_string(static_cast<int>(answer)); }
std::string kind(Code answer) { return std::string(to_string(answer)); }
std::string kind(std::size_t) { return "some"; }

}  // namespace

RandomSequence::RandomSequence(StoreUnderTest& store, const StoreFactory& factory,
                               std::uint64_t seed, Coverage& coverage)
    : store_(store),
      factory_(factory),
      coverage_(coverage),
      random_(static_cast<std::uint32_t>(seed)),
      policy_(below(3)) {
  // Scattered as hashes are, and different for each seed: the multiplier is odd.
  const std::uint64_t scattered = (seed + 1) * 0x9e3779b97f4a7c15U;
  for (std::size_t i = 0; i < 8; ++i) {
    prefix_[i] = static_cast<std::uint8_t>(scattered >> (8 * (7 - i)));
  }
}

std::string RandomSequence::run(int steps) {
  for (int i = 0; i < steps && !diverged_; ++i) step();
  // So that no later sequence finds anything of this one to purge.
  store_.pass(24h);
  model_.pass(24h);
  if (!diverged_) purge_the_rest();
  if (!diverged_) return {};
  std::string text;
  for (const std::string& line : trace_) text += line + "\n";
  return text;
}

// --- Chance ---

Token RandomSequence::fresh_token() {
  Token token{};
  ++tokens_;
  token[0] = static_cast<std::uint8_t>(tokens_ >> 8U);
  token[1] = static_cast<std::uint8_t>(tokens_);
  all_.push_back(token);
  return token;
}

Token RandomSequence::some_token() {
  if (!all_.empty() && one_in(4)) {
    return all_[static_cast<std::size_t>(below(static_cast<int>(all_.size())))];
  }
  return last_[static_cast<std::size_t>(owner_)][static_cast<std::size_t>(key_)];
}

// Of two requests, by two lists of excluded fields: under the second one they are the same.
Fingerprint RandomSequence::some_request() {
  Fingerprint fingerprint = request(one_in(12) ? 2 : 1);
  if (one_in(12)) {
    fingerprint.reduced[0] = 9;
    fingerprint.excluded[0] = 1;
  }
  if (one_in(60)) fingerprint.algorithm = 2;
  return fingerprint;
}

StoredResult RandomSequence::some_result() {
  StoredResult result = answer("result " + std::to_string(tokens_));
  if (one_in(3)) {
    result.code = Code::failed_precondition;
    result.message = "declined";
  }
  return result;
}

BeginArgs RandomSequence::some_begin() {
  BeginArgs args;
  args.id = id_;
  args.fingerprint = some_request();
  Token& last = last_[static_cast<std::size_t>(owner_)][static_cast<std::size_t>(key_)];
  if (one_in(3)) args.previous = last;
  args.token = last = fresh_token();
  args.lease = kLease;
  args.ttl = kTtl;
  const int policy = one_in(10) ? below(3) : policy_;
  args.rerun_until = policy == 0 ? kFail : policy == 1 ? kWindow : kAlways;
  args.expires = policy == 2;
  args.owner = {"host", owner_, Time(1s)};
  args.label = {"pay.Payments.Charge", "scope", "key-" + std::to_string(key_)};
  return args;
}

// --- Steps ---

void RandomSequence::step() {
  owner_ = below(kOwners);
  key_ = below(kKeys);
  id_ = prefix_;
  id_[31] = static_cast<std::uint8_t>(key_ + 1);
  const int what = below(100);
  if (what < 35) {
    begin();
  } else if (what < 75) {
    owner_step();
  } else if (what < 90) {
    pass();
  } else {
    operator_step();
  }
}

void RandomSequence::begin() {
  const BeginArgs args = some_begin();
  compare(
      "begin", [&](Store& store) { return store.begin(args).get(); },
      [&] { return model_.begin(args); });
}

void RandomSequence::owner_step() {
  const Token token = some_token();
  const std::string with = " " + hex(token);
  switch (below(6)) {
    case 0: {
      const StoredResult result = some_result();
      return compare(
          "complete", [&](Store& store) { return store.complete(id_, token, result, kTtl).get(); },
          [&] { return model_.complete(id_, token, result, kTtl); });
    }
    case 1:
      return compare(
          "release", [&](Store& store) { return store.release(id_, token).get(); },
          [&] { return model_.release(id_, token); });
    case 2:
      return compare(
          "renew", [&](Store& store) { return store.renew(id_, token, kLease).get(); },
          [&] { return model_.renew(id_, token, kLease); });
    case 3:
      return compare(
          "yield", [&](Store& store) { return store.yield(id_, token).get(); },
          [&] { return model_.yield(id_, token); });
    case 4:
      return compare(
          "mark_unknown", [&](Store& store) { return store.mark_unknown(id_, token).get(); },
          [&] { return model_.mark_unknown(id_, token); });
    default: {
      const Fingerprint fingerprint = some_request();
      return compare(
          "lookup", [&](Store& store) { return store.lookup(id_, fingerprint).get(); },
          [&] { return model_.lookup(id_, fingerprint); });
    }
  }
}

void RandomSequence::operator_step() {
  switch (below(6)) {
    case 0:
    case 1:
      return resolve();
    case 2:
      return compare(
          "redact", [&](Store& store) { return store.redact(id_).get(); },
          [&] { return model_.redact(id_); });
    case 3:
      return list();
    case 4:
      return purge();
    default:
      if (store_.store(0)->capabilities().durable) {
        trace_.push_back("reopen " + std::to_string(owner_));
        store_.reopen(owner_);
      }
  }
}

void RandomSequence::resolve() {
  Resolution how;
  if (one_in(2)) how.result = some_result();
  how.force = one_in(2);
  Token token = some_token();
  const auto entries = model_.list();
  if (const auto found = entries.find(id_); found != entries.end() && !one_in(4)) {
    token = found->second.token;
  }
  compare(
      "resolve", [&](Store& store) { return store.resolve(id_, token, how).get(); },
      [&] { return model_.resolve(id_, token, how); });
}

// Expired records may be listed or not.
void RandomSequence::list() {
  trace_.push_back("list");
  const std::map<Id, Entry> expected = model_.list();
  const auto actual = store_.store(owner_)->list(std::nullopt, prefix_, kKeys).get();
  if (!actual.ok()) return diverge("list: " + actual.status().to_string());
  std::size_t found = 0;
  for (const Entry& entry : *actual) {
    const auto place = expected.find(entry.id);
    if (place == expected.end()) continue;
    ++found;
    if (!same(place->second, entry)) diverge("an entry differs");
  }
  if (found != expected.size()) diverge("an entry is missing");
}

void RandomSequence::purge() {
  // The number is that of all expired records, and all are of this sequence.
  if (!factory_.purges_itself) {
    return compare(
        "purge", [&](Store& store) { return store.purge(1000).get(); },
        [&] { return model_.purge(); });
  }
  trace_.push_back("purge");
  model_.purge();
  if (!store_.store(owner_)->purge(1000).get().ok()) diverge("purge failed");
}

// Without faults: nothing that expired may stay.
void RandomSequence::purge_the_rest() {
  const auto purged = store_.store(0)->purge(1000).get();
  const std::size_t expected = model_.purge();
  if (!purged.ok() || (!factory_.purges_itself && *purged != expected)) diverge("the last purge");
}

void RandomSequence::pass() {
  constexpr Milliseconds kJumps[] = {1min, 5min, 10min, 10min, 20min, 30min, 60min, 24h};
  const Milliseconds time = kJumps[below(std::size(kJumps))];
  trace_.push_back("pass " + std::to_string(time.count() / 60'000) + " min");
  store_.pass(time);
  model_.pass(time);
}

template <typename Ask, typename Expect>
void RandomSequence::compare(const std::string& what, Ask ask, Expect expect) {
  const Fault fault = one_in(10)   ? Fault::answer_lost
                      : one_in(10) ? Fault::not_applied
                                   : Fault::none;
  trace_.push_back(std::to_string(trace_.size()) + ": owner " + std::to_string(owner_) + ", key " +
                   std::to_string(key_) + ": " + what + name(fault));
  ++coverage_[what + name(fault)];
  FaultyStore store(store_.store(owner_));
  store.fail_next(fault);
  auto actual = ask(store);
  if (fault == Fault::not_applied) return;
  const auto expected = expect();
  if (fault == Fault::answer_lost) return;
  ++coverage_[what + " -> " + kind(expected)];
  trace_.back() += " -> " + kind(expected);
  if constexpr (std::is_same_v<decltype(actual), Status>) {
    if (actual.code() != expected) diverge(actual.to_string());
  } else if (!actual.ok()) {
    diverge(actual.status().to_string());
  } else if (!same(expected, *actual)) {
    diverge("the store says " + kind(*actual));
  }
}

// --- Whether answers agree ---

bool RandomSequence::same(Milliseconds expected, Milliseconds actual) {
  return std::chrono::abs(expected - actual) <= factory_.drift;
}

bool RandomSequence::same(Time expected, Time actual) {
  if (!offset_) offset_ = actual - expected;
  return same(expected.time_since_epoch() + *offset_, actual.time_since_epoch());
}

bool RandomSequence::same(const Acquired& expected, const Acquired& actual) {
  return expected.attempt == actual.attempt && same(expected.first_begin, actual.first_begin);
}

bool RandomSequence::same(const Busy& expected, const Busy& actual) {
  // Whether the lease has ended is told exactly.
  return (expected.lease_left == 0ms) == (actual.lease_left == 0ms) &&
         same(expected.lease_left, actual.lease_left);
}

bool RandomSequence::same(const Indeterminate& expected, const Indeterminate& actual) {
  return expected.token == actual.token && expected.attempt == actual.attempt &&
         same(expected.since, actual.since);
}

bool RandomSequence::same(const Entry& expected, const Entry& actual) {
  return expected.state == actual.state && expected.token == actual.token &&
         expected.attempt == actual.attempt && expected.owner == actual.owner &&
         expected.label == actual.label && expected.result == actual.result &&
         same(expected.first_begin, actual.first_begin) &&
         same(expected.lease_until, actual.lease_until) &&
         same(expected.expires_at, actual.expires_at);
}

template <typename T>
bool RandomSequence::same(const T& expected, const T& actual) {
  return expected == actual;
}

template <typename... T>
bool RandomSequence::same(const std::variant<T...>& expected, const std::variant<T...>& actual) {
  if (expected.index() != actual.index()) return false;
  return std::visit(
      [&](const auto& value) {
        return same(value, std::get<std::remove_cvref_t<decltype(value)>>(actual));
      },
      expected);
}

void RandomSequence::diverge(const std::string& how) {
  trace_.back() += ": DIVERGES: " + how;
  diverged_ = true;
}

}  // namespace cpp_lite::idempotency::testing
