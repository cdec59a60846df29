#include <cpp_lite/result.h>
#include <cpp_lite/service_config.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "config/json.h"
#include "config/service_config.h"

namespace cpp_lite {
namespace {

using config::Finding;

std::vector<std::string> to_lines(const std::string& source, const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) lines.push_back(source + ":" + to_string(finding));
  return lines;
}

Status to_status(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(text.empty() ? "" : "\n").append(line);
  return Status(Code::invalid_argument, std::move(text));
}

// All of a file, or as much as is enough to see that it is too large.
Result<std::string> read_file(const std::string& path) {
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  std::string text;
  std::array<char, 16 << 10> chunk;
  std::size_t count = 1;
  while (file != nullptr && count > 0 && text.size() <= config::JsonDocument::kMaxBytes) {
    count = std::fread(chunk.data(), 1, chunk.size(), file.get());
    text.append(chunk.data(), count);
  }
  if (file != nullptr && std::ferror(file.get()) == 0) return text;
  return Status(Code::invalid_argument, path + ": " + std::generic_category().message(errno));
}

}  // namespace

struct ServiceConfig::State {
  explicit State(std::optional<std::string> name = {}) : file(std::move(name)) {}

  const std::optional<std::string> file;  // nothing: given as text
  std::atomic<std::uint64_t> narrowed = 0;
  std::atomic<bool> present = false;  // there is a `config`; without the lock
  std::atomic<bool> refused = false;  // `status` is an error; likewise

  std::mutex updating;  // held from reading to taking, so that the later update is the last one

  std::mutex mutex;  // guards what follows
  std::uint64_t versions = 0;
  std::shared_ptr<const config::ServiceConfig> config;
  std::vector<std::string> warnings;
  Status status;  // an error only as long as there is no config

  Status take(std::string_view json, const std::string& source);
  Status take_file();
  Status refuse(Status reason);
};

Status ServiceConfig::State::refuse(Status reason) {
  const std::lock_guard lock(mutex);
  if (config != nullptr) return reason;
  status = reason;
  refused = !reason.ok();
  return reason;
}

Status ServiceConfig::State::take(std::string_view json, const std::string& source) {
  config::Parsed parsed = config::parse_service_config(json);
  if (!parsed.ok()) return refuse(to_status(to_lines(source, parsed.errors)));
  auto fresh = std::make_shared<config::ServiceConfig>(std::move(parsed.config));
  fresh->hedges =
      std::ranges::any_of(fresh->methods, [](const auto& m) { return m.hedging.has_value(); });
  std::shared_ptr<const config::ServiceConfig> replaced;  // destroyed outside the lock
  const std::lock_guard lock(mutex);
  fresh->version = ++versions;
  replaced = std::exchange(config, std::move(fresh));
  present = true;
  warnings = to_lines(source, parsed.warnings);
  status = Status();
  refused = false;
  return Status();
}

Status ServiceConfig::State::take_file() {
  auto text = read_file(*file);
  return text ? take(*text, *file) : refuse(text.status());
}

ServiceConfig::ServiceConfig() : state_(std::make_shared<State>()) {}

ServiceConfig::ServiceConfig(std::shared_ptr<State> state) : state_(std::move(state)) {}

ServiceConfig::ServiceConfig(std::string_view json) : ServiceConfig() { (void)update(json); }

ServiceConfig ServiceConfig::from_file(std::string path) {
  ServiceConfig config(std::make_shared<State>(std::move(path)));
  (void)config.reload();
  return config;
}

Status ServiceConfig::status() const {
  if (!state_->refused.load(std::memory_order_acquire)) return Status();
  const std::lock_guard lock(state_->mutex);
  return state_->status;
}

std::vector<std::string> ServiceConfig::warnings() const {
  const std::lock_guard lock(state_->mutex);
  return state_->warnings;
}

Status ServiceConfig::update(std::string_view json) {
  const std::lock_guard lock(state_->updating);
  return state_->take(json, "service config");
}

Status ServiceConfig::reload() {
  if (!state_->file) {
    return Status(Code::failed_precondition, "this service config is not from a file");
  }
  const std::lock_guard lock(state_->updating);
  return state_->take_file();
}

std::uint64_t ServiceConfig::policy_narrowed() const {
  return state_->narrowed.load(std::memory_order_relaxed);
}

std::shared_ptr<const config::ServiceConfig> ServiceConfig::get() const {
  if (!state_->present.load(std::memory_order_acquire)) return nullptr;
  const std::lock_guard lock(state_->mutex);
  return state_->config;
}

void ServiceConfig::count_narrowed() const {
  state_->narrowed.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace cpp_lite
