// What may happen to the record of one key: the state machine of docs/rules.md, "States", without
// I/O. Every store runs these functions on the records that it keeps. No state of their own: any
// thread.
//
//   from         event                         to
//   absent       begin                         in_progress: Acquired, attempt 1
//   in_progress  begin, lease runs             same: Busy
//                begin, lease over             in_progress, attempt + 1, while the window is open:
//                                              Acquired; else indeterminate
//   in_progress, begin that knows the token    in_progress with the new token: Acquired, if the
//   indeterminate    (its answer was lost)     attempt is 1 or the window open; else indeterminate
//                complete(token)               completed
//                release(token)                absent if the attempt is 1; else as yield, and
//                                              indeterminate stays
//                renew(token)                  same; in_progress: the lease is longer
//   in_progress  yield(token)                  same: the lease is over
//                mark_unknown(token)           indeterminate
//   completed    begin                         same: Replay
//                complete(token)               same: already_completed
//   indeterminate begin                        same: Indeterminate
//                resolve(token)                completed or absent; also in_progress, when the
//                                              lease is over and the window closed
//   any          begin of another request      same: Mismatch; Indeterminate if nobody can tell
//                with a token that is not its  same: fence_lost
//                own, or unfit for the state
//   expired      any                           as absent
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/idempotency.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace cpp_lite::idempotency {

struct Record {
  State state = State::in_progress;
  Fingerprint fingerprint;
  Token token{};
  std::uint32_t attempt = 1;
  Time first_begin{};
  Time lease_until{};
  Time since{};       // when the execution with this token was granted
  Time expires_at{};  // expiry_of() says whether that counts
  Milliseconds ttl{};
  Milliseconds rerun_until{};  // the window, from first_begin
  bool expires = false;
  StoredResult result;  // of completed ones
  Owner owner;
  Label label;
  friend bool operator==(const Record&, const Record&) = default;
};

// What the caller hears, and what becomes of the record: `write` says whether `record` replaces the
// old one (nothing: the record goes).
template <typename Answer>
struct Step {
  Answer answer;
  bool write = false;
  std::optional<Record> record = std::nullopt;
};

// `before` is null where there is no record. `now` is the store's.
CPP_LITE_API Step<BeginResult> begin(const Record* before, const BeginArgs& args, Time now);
// The same where there is no record; owner and label are taken out of `args`.
CPP_LITE_API Step<BeginResult> begin_first(BeginArgs& args, Time now);
CPP_LITE_API Step<CompleteResult> complete(const Record* before, const Token& token,
                                           StoredResult result, Milliseconds ttl, Time now);
CPP_LITE_API Step<FenceResult> release(const Record* before, const Token& token, Time now);
CPP_LITE_API Step<FenceResult> renew(const Record* before, const Token& token, Milliseconds lease,
                                     Time now);
CPP_LITE_API Step<FenceResult> yield(const Record* before, const Token& token, Time now);
CPP_LITE_API Step<FenceResult> mark_unknown(const Record* before, const Token& token, Time now);
CPP_LITE_API LookupResult lookup(const Record* before, const Fingerprint& fingerprint, Time now);

// For operators. NOT_FOUND: there is no record; FAILED_PRECONDITION: not in this state, not of this
// token, or, unless forced, its lease still runs. Whoever does not force vouches that the owners of
// all attempts are dead; the lease is only what the record knows of that.
CPP_LITE_API Step<Status> resolve(const Record* before, const Token& token, const Resolution& how,
                                  Time now);
CPP_LITE_API Step<Status> redact(const Record* before, Time now);

// Whether a key stands for the same request as before. Where servers disagree about what to leave
// out of a request, only equality proves something.
enum class Likeness : std::uint8_t { same, other, cannot_tell };
CPP_LITE_API Likeness compare(const Fingerprint& known, const Fingerprint& given);

// From when on the record is as good as absent, and may be purged; Time::max(): never, as it is.
CPP_LITE_API Time expiry_of(const Record& record);
CPP_LITE_API bool expired(const Record& record, Time now);
// What the record counts in its scope's quota of bytes.
CPP_LITE_API std::size_t bytes_held(const Record& record);
// Why a scope that holds so much may not begin another record, of so many bytes; nullopt: it may.
// Results are not weighed before they come, because nothing may fail after the effect: they may
// exceed the quota.
CPP_LITE_API std::optional<std::string> over_quota(const Quota& used, std::size_t bytes,
                                                   const Quota& quota);
// What tools see of it.
CPP_LITE_API Entry entry_of(const Id& id, const Record& record);

}  // namespace cpp_lite::idempotency
