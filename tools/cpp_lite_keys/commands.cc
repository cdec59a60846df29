#include "commands.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include "kind.h"
#include "text.h"

namespace cpp_lite::keys {
namespace {

using idempotency::Entry;
using idempotency::Id;
using idempotency::Resolution;
using idempotency::State;
using idempotency::Store;
using idempotency::StoredResult;

constexpr std::size_t kPage = 16;  // of records with their answers, each of which may be large
constexpr std::size_t kPurgeAtOnce = 500;

// What a command works with.
struct Work {
  const std::string& url;
  const Kind& kind;
  const Arguments& arguments;
  std::ostream& out;
};

Status usage_error(std::string why) { return {Code::invalid_argument, std::move(why)}; }

// --- Finding records ---

// The id before this one; nullopt: there is none.
std::optional<Id> id_before(Id id) {
  for (std::size_t i = id.size(); i-- > 0;) {
    if (id[i]-- != 0) return id;
  }
  return std::nullopt;
}

// The record that the command names, by the beginning of its id if that is enough.
Result<Entry> find(Store& store, const Arguments& arguments) {
  const auto prefix = id_prefix_from(arguments.words()[2]);
  if (!prefix.ok()) return prefix.status();
  auto found = store.list(std::nullopt, id_before(prefix->first), 2).get();
  if (!found.ok()) return found.status();
  std::erase_if(*found, [&](const Entry& entry) { return !prefix->fits(entry.id); });
  if (found->empty()) return Status(Code::not_found, "there is no record of this id");
  if (found->size() > 1) return Status(Code::failed_precondition, "several ids begin so");
  return std::move((*found)[0]);
}

// Whether a record's key is this one, of whatever tenant: "KEY [tenant]" with scope_metadata.
bool is_key(std::string_view recorded, const std::string& key) {
  return recorded == key || (recorded.starts_with(key + " [") && recorded.ends_with(']'));
}

// As stores have it if it is a UUID, whose case does not count (AIP-202).
std::string in_small_letters(std::string key) {
  for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return key;
}

// Of what is there that a key could mean: itself, and a UUID in any case.
class WantedKey {
 public:
  explicit WantedKey(std::string key) : key_(std::move(key)) {
    if (key_.size() == 36 && std::count(key_.begin(), key_.end(), '-') == 4) {
      uuid_ = in_small_letters(key_);
    }
  }
  bool fits(std::string_view recorded) const {
    return is_key(recorded, key_) || (uuid_ && is_key(recorded, *uuid_));
  }

 private:
  std::string key_;
  std::optional<std::string> uuid_;
};

// All records of one state, or with one key, page by page.
class Listing {
 public:
  Listing(Store& store, std::optional<State> state, std::optional<std::string> key)
      : store_(store), state_(state) {
    if (key) key_.emplace(*std::move(key));
  }

  // nullopt: there are no more.
  Result<std::optional<Entry>> next() {
    for (;;) {
      for (; at_ < page_.size(); ++at_) {
        if (!key_ || key_->fits(page_[at_].label.key)) {
          return std::optional<Entry>(std::move(page_[at_++]));
        }
      }
      auto page = store_.list(state_, after_, kPage).get();
      if (!page.ok()) return page.status();
      if (page->empty()) return std::optional<Entry>();
      page_ = *std::move(page);
      at_ = 0;
      after_ = page_.back().id;
    }
  }

 private:
  Store& store_;
  const std::optional<State> state_;
  std::optional<WantedKey> key_;
  std::vector<Entry> page_;
  std::size_t at_ = 0;
  std::optional<Id> after_;
};

// --- Printing ---

void print_heading(std::ostream& out) {
  out << std::left << std::setw(18) << "ID" << std::setw(15) << "STATE" << std::setw(9) << "ATTEMPT"
      << std::setw(22) << "BEGUN"
      << "METHOD  SCOPE  KEY\n";
}
void print_line(std::ostream& out, const Entry& entry) {
  out << std::left << std::setw(18) << hex(entry.id).substr(0, 16) << std::setw(15)
      << to_text(entry.state) << std::setw(9) << entry.attempt << std::setw(22)
      << to_text(entry.first_begin) << printable(entry.label.method) << "  "
      << printable(entry.label.scope) << "  " << printable(entry.label.key) << "\n";
}

void print_result(std::ostream& out, const StoredResult& result) {
  out << "code         " << to_string(result.code) << "\n"
      << "message      " << printable(result.message) << "\n";
  if (result.tombstone) {
    out << "body         not kept\n";
  } else {
    out << "body         " << result.body.size() << " bytes\n";
  }
}

// An execution without an answer is remembered until there is one, unless it was a transaction.
std::string expiry_of(const Entry& entry) {
  switch (entry.state) {
    case State::completed:
      return to_text(entry.expires_at);
    case State::in_progress:
      return to_text(entry.expires_at) + ", or when it is known what became of it";
    case State::indeterminate:
      break;
  }
  return "never: `resolve` ends it";
}

void print_entry(std::ostream& out, const Entry& entry) {
  out << "id           " << hex(entry.id) << "\n"
      << "state        " << to_text(entry.state) << "\n"
      << "method       " << printable(entry.label.method) << "\n"
      << "scope        " << printable(entry.label.scope) << "\n"
      << "key          " << printable(entry.label.key) << "\n"
      << "token        " << hex(entry.token) << "\n"
      << "attempt      " << entry.attempt << "\n"
      << "first begin  " << to_text(entry.first_begin) << "\n"
      << "lease until  " << to_text(entry.lease_until) << "\n"
      << "expires at   " << expiry_of(entry) << "\n"
      << "owner        " << printable(entry.owner.host) << ", process " << entry.owner.pid
      << ", started " << to_text(entry.owner.started) << "\n";
  if (entry.result) print_result(out, *entry.result);
}

// --- Commands ---

Status list_all(Work& work, Listing listing, std::size_t limit) {
  print_heading(work.out);
  for (std::size_t printed = 0;; ++printed) {
    const auto entry = listing.next();
    if (!entry.ok()) return entry.status();
    if (!*entry) return {};
    if (printed == limit) {
      work.out << "... and more: --limit=N, now " << limit << "\n";
      return {};
    }
    print_line(work.out, **entry);
  }
}

Status list(Work& work, Store& store) {
  if (Status status = work.arguments.allow(2, {"state", "key", "limit"}); !status.ok()) {
    return status;
  }
  std::optional<State> state;
  if (const auto text = work.arguments.value("state")) {
    const auto parsed = state_from(*text);
    if (!parsed.ok()) return parsed.status();
    state = *parsed;
  }
  const auto limit = work.arguments.number("limit", 100);
  if (!limit.ok()) return limit.status();
  return list_all(work, Listing(store, state, work.arguments.value("key")), *limit);
}

Status show(Work& work, Store& store) {
  if (Status status = work.arguments.allow(3); !status.ok()) return status;
  const auto entry = find(store, work.arguments);
  if (!entry.ok()) return entry.status();
  print_entry(work.out, *entry);
  return {};
}

Result<std::vector<std::uint8_t>> content_of(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::vector<std::uint8_t> content;
  std::array<char, 4096> some{};
  do {
    file.read(some.data(), some.size());
    content.insert(content.end(), some.begin(), some.begin() + file.gcount());
  } while (file);
  if (!file.eof()) return usage_error("cannot read " + name);
  return content;
}

Result<StoredResult> result_from(const Arguments& arguments, const std::string& code_text) {
  const auto code = code_from(code_text);
  if (!code.ok()) return code.status();
  StoredResult result;
  result.code = *code;
  result.message = arguments.value("message").value_or("");
  if (const auto name = arguments.value("body-file")) {
    auto body = content_of(*name);
    if (!body.ok()) return body.status();
    result.body = *std::move(body);
  } else if (*code == Code::ok) {
    return usage_error("a result that is OK needs the response: --body-file=FILE (may be empty)");
  }
  return idempotency::in_clear(std::move(result));
}

Result<Resolution> resolution_from(const Arguments& arguments) {
  Resolution resolution;
  resolution.force = arguments.has("force");
  const auto code = arguments.value("result-code");
  if (code.has_value() == arguments.has("release")) {
    return usage_error("resolve: either --result-code=CODE or --release");
  }
  if (!code) return resolution;
  auto result = result_from(arguments, *code);
  if (!result.ok()) return result.status();
  resolution.result = *std::move(result);
  return resolution;
}

Status resolve(Work& work, Store& store) {
  const Arguments& arguments = work.arguments;
  Status status =
      arguments.allow(3, {"token", "result-code", "message", "body-file"}, {"release", "force"});
  if (!status.ok()) return status;
  const auto token = token_from(arguments.value("token").value_or(""));
  if (!token.ok()) return token.status();
  const auto resolution = resolution_from(arguments);
  if (!resolution.ok()) return resolution.status();
  const auto entry = find(store, arguments);
  if (!entry.ok()) return entry.status();
  status = store.resolve(entry->id, *token, *resolution).get();
  if (status.ok()) {
    work.out << hex(entry->id) << (resolution->result ? " is completed\n" : " is free again\n");
  }
  return status;
}

Status redact(Work& work, Store& store) {
  if (Status status = work.arguments.allow(3); !status.ok()) return status;
  const auto entry = find(store, work.arguments);
  if (!entry.ok()) return entry.status();
  Status status = store.redact(entry->id).get();
  if (status.ok()) work.out << hex(entry->id) << " has no answer any more, and stays taken\n";
  return status;
}

Status purge(Work& work, Store& store) {
  if (Status status = work.arguments.allow(2, {"max"}); !status.ok()) return status;
  const auto max = work.arguments.number("max", std::size_t(1) << 40U);
  if (!max.ok()) return max.status();
  std::size_t purged = 0;
  while (purged < *max) {
    const auto more = store.purge(std::min(kPurgeAtOnce, *max - purged)).get();
    if (!more.ok()) return more.status();
    if (*more == 0) break;
    purged += *more;
  }
  work.out << purged << " expired records are gone\n";
  return {};
}

Status on_store(Work& work, Status (*command)(Work&, Store&)) {
  const auto store = work.kind.open(work.url);
  if (!store.ok()) return {Code::unavailable, store.status().message()};
  return command(work, **store);
}

Status on_url(Work& work, Status (*command)(const std::string&), const char* done) {
  if (Status status = work.arguments.allow(2); !status.ok()) return status;
  if (command == nullptr) return usage_error("there is no such command for this kind of store");
  Status status = command(work.url);
  if (status.ok()) work.out << done;
  return status;
}

struct Command {
  std::string_view name;
  Status (*run)(Work&, Store&);
};
constexpr std::array<Command, 5> kCommands{
    {{"list", list}, {"show", show}, {"resolve", resolve}, {"redact", redact}, {"purge", purge}}};

}  // namespace

const std::string_view kUsage = R"(cpp-lite-keys STORE COMMAND: what servers remember of keyed calls

  list [--state=in_progress|completed|indeterminate] [--key=KEY] [--limit=N]
  show ID            an id may be cut short, if no other begins so
  resolve ID --token=TOKEN (--result-code=CODE [--message=TEXT] [--body-file=FILE] | --release) [--force]
                     ends an unknown outcome: with the answer that clients are to get, or with the
                     knowledge that nothing was done. The token is that of `show`. Make sure that
                     nothing executes the call any more
  redact ID          forgets the answer, but not that there was one
  purge [--max=N]    removes expired records now
  new-id             for a copy of a database: it is another store from now on
  confirm-clock      the system's clock is right although it jumped: records expire again

Exit codes: 0 done, 1 refused, 2 not understood, 3 there is no store or it does not answer.
Stores:)";

Status run(const Arguments& arguments, std::ostream& out) {
  const std::vector<std::string>& words = arguments.words();
  if (words.size() < 2) return usage_error("a store and a command are needed");
  const auto kind = kind_of(words[0]);
  if (!kind.ok()) return kind.status();
  Work work{words[0], **kind, arguments, out};
  if (words[1] == "new-id") return on_url(work, work.kind.new_id, "the store has a new id\n");
  if (words[1] == "confirm-clock") {
    return on_url(work, work.kind.confirm_clock, "the clock is believed\n");
  }
  for (const Command& command : kCommands) {
    if (command.name == words[1]) return on_store(work, command.run);
  }
  return usage_error("unknown command " + words[1]);
}

int exit_code_of(const Status& status) {
  switch (status.code()) {
    case Code::ok:
      return 0;
    case Code::invalid_argument:
      return 2;
    case Code::unavailable:
      return 3;
    default:
      return 1;
  }
}

}  // namespace cpp_lite::keys
