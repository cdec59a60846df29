#include "redis/session.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "idempotency/random.h"
#include "idempotency/record_codec.h"
#include "redis/script.h"

namespace cpp_lite::redis {
namespace {

constexpr std::size_t kVersionSize = std::tuple_size_v<idempotency::Token>;
constexpr const char* kSchema = "1";
constexpr std::int64_t kNever = 9'000'000'000'000'000;  // milliseconds; a double counts so far

template <std::size_t kSize>
std::string hex(const std::array<std::uint8_t, kSize>& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * kSize);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 15U]);
  }
  return text;
}

template <std::size_t kSize>
bool unhex(std::string_view text, std::array<std::uint8_t, kSize>& bytes) {
  if (text.size() != 2 * kSize) return false;
  for (std::size_t i = 0; i < kSize; ++i) {
    const char* first = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(first, first + 2, bytes[i], 16);
    if (error != std::errc() || end != first + 2) return false;
  }
  return true;
}

template <std::size_t kSize>
std::string_view text_of(const std::array<std::uint8_t, kSize>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), kSize};
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Stored stored(Value value) {
  Stored stored;
  const std::string_view text = value.text();
  if (text.empty()) return stored;
  stored.version = text.substr(0, kVersionSize);
  if (text.size() > kVersionSize) {
    stored.record = idempotency::decode_record(bytes_of(text.substr(kVersionSize)));
  }
  stored.damaged = !stored.record;
  return stored;
}

Time time_of(std::int64_t milliseconds) { return Time(Milliseconds(milliseconds)); }

// TIME's answer: seconds and microseconds.
Time server_time_of(Value time) {
  return time_of(time[0].number() * 1000 + time[1].number() / 1000);
}

std::string number(Time time) {
  return std::to_string(std::min(time.time_since_epoch().count(), kNever));
}

std::string encoded(const std::optional<Record>& record) {
  if (!record) return {};
  const idempotency::Token version = idempotency::random_token();
  const idempotency::Bytes bytes = idempotency::encode(*record);
  std::string text(text_of(version));
  text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text;
}

}  // namespace

Session::Session(std::unique_ptr<Connection> connection, const std::string& prefix)
    : connection_(std::move(connection)),
      meta_("{" + prefix + "}:meta"),
      record_("{" + prefix + "}:r:"),
      ids_("{" + prefix + "}:ids"),
      expiry_("{" + prefix + "}:expiry"),
      scopes_("{" + prefix + "}:scopes") {}

std::string Session::key_of(const Id& id) const { return record_ + hex(id); }

// --- Opening ---

Result<std::unique_ptr<Session>> Session::open(const Address& address, const std::string& prefix,
                                               std::chrono::nanoseconds timeout) {
  auto connection = Connection::open(address, timeout);
  if (!connection.ok()) return connection.status();
  std::unique_ptr<Session> session(new Session(*std::move(connection), prefix));
  if (Status status = session->read_identity(); !status.ok()) return status;
  if (Status status = session->load_script(); !status.ok()) return status;
  return session;
}

// Whoever comes first makes it; HSETNX lets one be first.
Status Session::read_identity() {
  auto read = [&] { return connection_->ask({"HMGET", meta_, "id", "secret", "schema"}); };
  Result<Answer> found = read();
  if (found.ok() && found->value()[0].is_nothing()) {
    const std::string secret = hex(idempotency::random_secret());
    const Command fields[] = {{"HSETNX", meta_, "schema", kSchema},
                              {"HSETNX", meta_, "secret", secret}};
    for (const Command& field : fields) {
      if (const auto made = connection_->ask(field); !made.ok()) return made.status();
    }
    const std::string id = idempotency::random_store_id();
    if (const auto made = connection_->ask({"HSETNX", meta_, "id", id}); !made.ok()) {
      return made.status();
    }
    found = read();
  }
  if (!found.ok()) return found.status();
  const Value meta = found->value();
  if (meta[2].text() != kSchema) {
    return connection_->failure("the store was made by another release: its schema is " +
                                std::string(meta[2].text()));
  }
  identity_.id = meta[0].text();
  if (identity_.id.empty() || !unhex(meta[1].text(), identity_.secret)) {
    return connection_->failure(meta_ + " is not as this store writes it");
  }
  return {};
}

Status Session::load_script() {
  const auto loaded = connection_->ask({"SCRIPT", "LOAD", kSwapScript});
  if (!loaded.ok()) return loaded.status();
  script_ = loaded->value().text();
  return {};
}

// --- Reading ---

Status Session::check_store(Value id) {
  if (id.text() == identity_.id) return {};
  lost_ = true;
  return connection_->failure("it has forgotten the store " + identity_.id);
}

Result<Found> Session::fetch(std::span<const Id> ids) {
  std::vector<std::string> keys;
  keys.reserve(ids.size());
  std::transform(ids.begin(), ids.end(), std::back_inserter(keys),
                 [this](const Id& id) { return key_of(id); });
  Command get{"MGET"};
  get.insert(get.end(), keys.begin(), keys.end());
  // No transaction: those are refused where memory is short. The time comes first, so that what is
  // judged by it cannot have been overtaken; what is written has conditions of its own.
  const Command commands[] = {{"TIME"}, {"HGET", meta_, "id"}, std::move(get)};
  for (const Command& command : commands) connection_->send(command);
  Status refused;
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < std::size(commands); ++i) {
    Result<Answer> answer = connection_->receive();
    if (!answer.ok()) return answer.status();
    if (answer->value().is_error() && refused.ok()) {
      refused = connection_->failure(answer->value().text());
    }
    answers.push_back(*std::move(answer));
  }
  if (!refused.ok()) return refused;
  if (Status status = check_store(answers[1].value()); !status.ok()) return status;
  Found found;
  found.server = server_time_of(answers[0].value());
  for (std::size_t i = 0; i < ids.size(); ++i)
    found.records.push_back(stored(answers[2].value()[i]));
  return found;
}

Result<Time> Session::server_time() {
  const auto answer = connection_->ask({"TIME"});
  if (!answer.ok()) return answer.status();
  return server_time_of(answer->value());
}

Result<std::vector<Id>> Session::read_ids(const Command& command) {
  const auto answer = connection_->ask(command);
  if (!answer.ok()) return answer.status();
  std::vector<Id> ids(answer->value().size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!unhex(answer->value()[i].text(), ids[i])) {
      return connection_->failure("its list of ids is not as this store writes it");
    }
  }
  return ids;
}

Result<std::vector<Id>> Session::purgeable(Time now, std::size_t max) {
  return read_ids(
      {"ZRANGEBYSCORE", expiry_, "-inf", number(now), "LIMIT", "0", std::to_string(max)});
}

Result<std::vector<Id>> Session::ids(const std::optional<Id>& after, std::size_t max) {
  std::string from = "-";
  if (after) from.assign(1, '(').append(hex(*after));
  return read_ids({"ZRANGEBYLEX", ids_, from, "+", "LIMIT", "0", std::to_string(max)});
}

// --- Writing ---

void Session::send(const Swap& swap) {
  const std::string key = key_of(swap.id), value = encoded(swap.after), id = hex(swap.id);
  const std::string from = swap.purge_from == Time::max() ? "" : number(swap.purge_from);
  const std::string until = number(swap.holds_until);
  const std::string records = std::to_string(swap.records_gained);
  const std::string bytes = std::to_string(swap.bytes_gained);
  const std::string most_records = std::to_string(swap.quota.records);
  const std::string most_bytes = std::to_string(swap.quota.bytes);
  connection_->send({"EVALSHA", script_, "4", key, ids_, expiry_, scopes_, swap.version, value, id,
                     from, until, swap.scope, records, bytes, most_records, most_bytes});
}

Result<Swapped> Session::receive_swap(bool& unknown_script) {
  Result<Answer> answer = connection_->receive();
  if (!answer.ok()) return answer.status();
  const Value value = answer->value();
  if (value.is_error()) {
    unknown_script = value.text().starts_with("NOSCRIPT");
    return connection_->failure(value.text());
  }
  Swapped swapped;
  swapped.done = !value.is_list();
  if (swapped.done) return swapped;
  swapped.server = time_of(value[0].number());
  swapped.now = stored(value[1]);
  swapped.used = {static_cast<std::size_t>(value[2].number()),
                  static_cast<std::size_t>(value[3].number())};
  return swapped;
}

std::vector<Result<Swapped>> Session::swap(std::span<const Swap> swaps) {
  for (const Swap& swap : swaps) send(swap);
  std::vector<Result<Swapped>> answers;
  std::vector<std::size_t> again;  // those that the server did not run, because it lost the script
  for (std::size_t i = 0; i < swaps.size(); ++i) {
    bool unknown_script = false;
    answers.push_back(receive_swap(unknown_script));
    if (unknown_script) again.push_back(i);
  }
  if (again.empty() || !load_script().ok()) return answers;
  for (const std::size_t i : again) send(swaps[i]);
  for (const std::size_t i : again) {
    bool unknown_script = false;
    answers[i] = receive_swap(unknown_script);
  }
  return answers;
}

}  // namespace cpp_lite::redis
