#include "stores/reference_model.h"

#include <algorithm>

namespace cpp_lite::idempotency::testing {

namespace {

// 1: the same request; 0: another; -1: nobody knows.
int same_request(const Fingerprint& a, const Fingerprint& b) {
  if (a.algorithm != b.algorithm || a.excluded != b.excluded) return a.full == b.full ? 1 : -1;
  return a.reduced == b.reduced ? 1 : 0;
}

std::optional<Time> window_of(const BeginArgs& args, Time born) {
  if (args.rerun_until == Milliseconds::max()) return std::nullopt;
  return born + args.rerun_until;
}

std::optional<Time> narrower(std::optional<Time> a, std::optional<Time> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

}  // namespace

bool ReferenceModel::is_dead(const Key& key) const {
  if (now_ < key.dies) return false;
  switch (key.phase) {
    case Phase::done:
      return true;
    case Phase::unknown:
      return false;
    case Phase::running:
      break;
  }
  return key.mortal && now_ >= key.lease_end;
}

ReferenceModel::Key* ReferenceModel::living(const Id& id) {
  const auto found = keys_.find(id);
  return found == keys_.end() || is_dead(found->second) ? nullptr : &found->second;
}

ReferenceModel::Key* ReferenceModel::held(const Id& id, const Token& token) {
  Key* key = living(id);
  return key != nullptr && key->holder == token ? key : nullptr;
}

bool ReferenceModel::may_run_again(const Key& key, const BeginArgs& args) const {
  const std::optional<Time> end = narrower(key.window_end, window_of(args, key.born));
  return !end || now_ < *end;
}

Acquired ReferenceModel::grant(Key& key, const BeginArgs& args) {
  key.phase = Phase::running;
  key.holder = args.token;
  key.granted = now_;
  key.lease_end = now_ + args.lease;
  key.dies = now_ + args.ttl;
  key.ttl = args.ttl;
  key.window_end = narrower(key.window_end, window_of(args, key.born));
  if (!args.expires) key.mortal = false;
  key.owner = args.owner;
  return {key.attempt, key.born};
}

Indeterminate ReferenceModel::give_up(Key& key) {
  key.phase = Phase::unknown;
  return {key.holder, key.attempt, key.granted};
}

BeginResult ReferenceModel::begin(const BeginArgs& args) {
  Key* key = living(args.id);
  if (key == nullptr) {
    Key& fresh = keys_[args.id] = Key();
    fresh.asked = args.fingerprint;
    fresh.born = now_;
    fresh.mortal = args.expires;
    fresh.label = args.label;
    return grant(fresh, args);
  }
  const int same = same_request(key->asked, args.fingerprint);
  if (same == 0) return Mismatch{};
  if (same < 0) return Indeterminate{key->holder, key->attempt, key->granted};
  if (key->phase == Phase::done) return Replay{key->result};

  const bool its_own = args.previous && *args.previous == key->holder;
  if (its_own && key->attempt == 1) return grant(*key, args);
  if (its_own) return may_run_again(*key, args) ? BeginResult(grant(*key, args)) : give_up(*key);
  if (key->phase == Phase::unknown) return give_up(*key);
  if (now_ < key->lease_end) return Busy{key->lease_end - now_};
  if (!may_run_again(*key, args)) return give_up(*key);
  key->attempt += 1;
  return grant(*key, args);
}

CompleteResult ReferenceModel::complete(const Id& id, const Token& token,
                                        const StoredResult& result, Milliseconds ttl) {
  Key* key = held(id, token);
  if (key == nullptr) return CompleteResult::fence_lost;
  if (key->phase == Phase::done) return CompleteResult::already_completed;
  key->phase = Phase::done;
  key->result = result;
  key->dies = now_ + ttl;
  return CompleteResult::completed;
}

FenceResult ReferenceModel::release(const Id& id, const Token& token) {
  Key* key = held(id, token);
  if (key == nullptr || key->phase == Phase::done) return FenceResult::fence_lost;
  if (key->attempt == 1) {
    keys_.erase(id);
  } else if (key->phase == Phase::running) {
    key->lease_end = std::min(key->lease_end, now_);
  }
  return FenceResult::done;
}

FenceResult ReferenceModel::renew(const Id& id, const Token& token, Milliseconds lease) {
  Key* key = held(id, token);
  if (key == nullptr || key->phase == Phase::done) return FenceResult::fence_lost;
  if (key->phase == Phase::running) key->lease_end = std::max(key->lease_end, now_ + lease);
  return FenceResult::done;
}

FenceResult ReferenceModel::yield(const Id& id, const Token& token) {
  Key* key = held(id, token);
  if (key == nullptr || key->phase != Phase::running) return FenceResult::fence_lost;
  key->lease_end = std::min(key->lease_end, now_);
  return FenceResult::done;
}

FenceResult ReferenceModel::mark_unknown(const Id& id, const Token& token) {
  Key* key = held(id, token);
  if (key == nullptr || key->phase != Phase::running) return FenceResult::fence_lost;
  give_up(*key);
  return FenceResult::done;
}

LookupResult ReferenceModel::lookup(const Id& id, const Fingerprint& fingerprint) {
  const Key* key = living(id);
  if (key == nullptr) return Absent{};
  const int same = same_request(key->asked, fingerprint);
  if (same == 0) return Mismatch{};
  if (same == 1 && key->phase == Phase::done) return Replay{key->result};
  if (same == 1 && key->phase == Phase::running) {
    return Busy{std::max(key->lease_end - now_, Milliseconds::zero())};
  }
  return Indeterminate{key->holder, key->attempt, key->granted};
}

Code ReferenceModel::resolve(const Id& id, const Token& token, const Resolution& how) {
  Key* key = living(id);
  if (key == nullptr) return Code::not_found;
  if (key->phase == Phase::done || key->holder != token) return Code::failed_precondition;
  const bool lease_runs = now_ < key->lease_end;
  if (key->phase == Phase::running) {
    const bool window_open = !key->window_end || now_ < *key->window_end;
    if (lease_runs || window_open) return Code::failed_precondition;
  } else if (lease_runs && !how.force) {
    return Code::failed_precondition;
  }
  if (how.result) {
    complete(id, token, *how.result, key->ttl);
  } else {
    keys_.erase(id);
  }
  return Code::ok;
}

Code ReferenceModel::redact(const Id& id) {
  Key* key = living(id);
  if (key == nullptr) return Code::not_found;
  if (key->phase != Phase::done) return Code::failed_precondition;
  StoredResult rest;
  rest.code = key->result.code;
  rest.tombstone = true;
  key->result = rest;
  return Code::ok;
}

std::size_t ReferenceModel::purge() {
  return std::erase_if(keys_, [this](const auto& key) { return is_dead(key.second); });
}

std::map<Id, Entry> ReferenceModel::list() const {
  std::map<Id, Entry> entries;
  for (const auto& [id, key] : keys_) {
    if (is_dead(key)) continue;
    Entry& entry = entries[id];
    entry.state = key.phase == Phase::done      ? State::completed
                  : key.phase == Phase::unknown ? State::indeterminate
                                                : State::in_progress;
    entry.token = key.holder;
    entry.attempt = key.attempt;
    entry.first_begin = key.born;
    entry.lease_until = key.lease_end;
    entry.expires_at = key.dies;
    entry.owner = key.owner;
    entry.label = key.label;
    if (key.phase == Phase::done) entry.result = key.result;
  }
  return entries;
}

}  // namespace cpp_lite::idempotency::testing
