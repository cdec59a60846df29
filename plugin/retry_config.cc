#include "retry_config.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "codes.h"
#include "config/json.h"
#include "options.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

constexpr std::string_view kId = "CL050";

// All of a file, or as much as is enough to see that it is too large; nothing of what is no file.
std::optional<std::string> read_file(const std::string& name) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "rb"),
                                                             std::fclose);
  std::string text;
  std::array<char, 16 << 10> chunk;
  std::size_t count = 1;
  while (file != nullptr && count > 0 && text.size() <= config::JsonDocument::kMaxBytes) {
    count = std::fread(chunk.data(), 1, chunk.size(), file.get());
    text.append(chunk.data(), count);
  }
  if (file == nullptr || std::ferror(file.get()) != 0) return std::nullopt;
  return text;
}

std::string wire_path(const pb::MethodDescriptor& method) {
  return std::string("/").append(method.service()->full_name()).append("/").append(method.name());
}

// What is unknown in a name; empty if all is known.
std::string unknown_part(const pb::DescriptorPool& pool, const config::MethodName& name) {
  if (name.service.empty()) return "";
  const pb::ServiceDescriptor* service = pool.FindServiceByName(name.service);
  if (service == nullptr) return "there is no service " + quoted(name.service);
  if (name.method.empty() || service->FindMethodByName(name.method) != nullptr) return "";
  return "service " + name.service + " has no method " + quoted(name.method);
}

// 2: for one method, 1: for its service, 0: for all. Names of others do not count.
int closeness(const config::MethodName& name, const pb::MethodDescriptor& method) {
  if (name.service.empty()) return 0;
  if (name.service != method.service()->full_name()) return -1;
  if (name.method.empty()) return 1;
  return name.method == method.name() ? 2 : -1;
}

}  // namespace

RetryConfig::RetryConfig(const Parameters& parameters, const pb::DescriptorPool& pool,
                         Problems& problems)
    : file_(parameters.retry_config), lenient_(parameters.retry_config_lenient) {
  if (file_.empty()) return;
  const std::optional<std::string> text = read_file(file_);
  if (!text) {
    problems.add(Severity::error, at(0, 0), kId, "this file cannot be read");
    return;
  }
  config::Parsed parsed =
      config::parse_service_config(*text, lenient_ ? config::Mode::lenient : config::Mode::strict);
  const auto report = [&](Severity severity, const std::vector<config::Finding>& findings) {
    for (const config::Finding& finding : findings) {
      const std::string path = finding.path.empty() ? "" : finding.path + ": ";
      problems.add(severity, at(finding.line, finding.column), kId, path + finding.text);
    }
  };
  report(Severity::error, parsed.errors);
  report(Severity::warning, parsed.warnings);
  if (!parsed.ok()) return;
  config_ = std::move(parsed.config);
  most_problems_ = problems.size() + config::kMostFindings;
  for (const config::MethodConfig& entry : config_.methods) {
    check_names(pool, entry, problems);
    check_values(entry, problems);
  }
  if (problems.size() > most_problems_) problems.add(severity(), at(0, 0), kId, "and more");
}

void RetryConfig::check_names(const pb::DescriptorPool& pool, const config::MethodConfig& entry,
                              Problems& problems) const {
  for (const config::MethodName& name : entry.names) {
    const std::string unknown = unknown_part(pool, name);
    if (unknown.empty() || problems.size() > most_problems_) continue;
    problems.add(severity(), at(name.line, name.column), kId,
                 entry.path + ".name[" + std::to_string(name.index) + "]: " + unknown +
                     " in this run of protoc");
  }
}

// What is wrong whatever method it is for.
void RetryConfig::check_values(const config::MethodConfig& entry, Problems& problems) const {
  if (entry.timeout && entry.timeout->count() == 0) {
    problems.add(severity(), at(entry.timeout_line, entry.timeout_column), kId,
                 entry.path + ".timeout: must be more than 0");
  }
  check_listed(entry.path + ".retryPolicy.retryableStatusCodes", entry.retry_source, problems);
  check_listed(entry.path + ".hedgingPolicy.nonFatalStatusCodes", entry.hedging_source, problems);
}

void RetryConfig::check_listed(const std::string& path, const config::PolicySource& source,
                               Problems& problems) const {
  std::vector<int> codes;
  for (const config::ListedCode& listed : source.codes) codes.push_back(listed.code);
  check_codes(codes, [&](Severity level, std::string_view id, std::size_t index,
                         const std::string& text) {
    const config::ListedCode& listed = source.codes[index];
    if (problems.size() > most_problems_) return;
    const bool is_error = level == Severity::error;
    problems.add(is_error ? severity() : level, at(listed.line, listed.column), is_error ? kId : id,
                 path + "[" + std::to_string(listed.index) + "]: " + text +
                     (is_error ? " (" + std::string(id) + ")" : ""));
  });
}

RetryConfig::Entry RetryConfig::find(const pb::MethodDescriptor& method) const {
  const config::MethodConfig* const config = config_.find(wire_path(method));
  if (config == nullptr) return {};
  const auto nearest = std::max_element(
      config->names.begin(), config->names.end(),
      [&](const auto& a, const auto& b) { return closeness(a, method) < closeness(b, method); });
  return {config, at(nearest->line, nearest->column), closeness(*nearest, method) == 2};
}

std::optional<std::chrono::nanoseconds> RetryConfig::timeout(
    const pb::MethodDescriptor& method) const {
  const config::MethodConfig* const config = find(method).config;
  if (config == nullptr || !config->timeout || config->timeout->count() == 0) return std::nullopt;
  return config->timeout;
}

std::optional<bool> RetryConfig::wait_for_ready(const pb::MethodDescriptor& method) const {
  const config::MethodConfig* const config = find(method).config;
  return config == nullptr ? std::nullopt : config->wait_for_ready;
}

}  // namespace cpp_lite::plugin
