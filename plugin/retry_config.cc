#include "retry_config.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "codes.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

constexpr std::string_view kId = "CL050";

std::optional<std::string> read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  // A folder can be opened, but not read.
  const bool is_file =
      file.is_open() && file.peek() == std::ifstream::traits_type::eof() && !file.bad();
  return is_file ? std::optional(std::move(text)) : std::nullopt;
}

std::string wire_path(const pb::MethodDescriptor& method) {
  return std::string("/").append(method.service()->full_name()).append("/").append(method.name());
}

// What is unknown in a name; empty if all is known.
std::string unknown_part(const pb::DescriptorPool& pool, const config::MethodName& name) {
  if (name.service.empty()) return "";
  const pb::ServiceDescriptor* service = pool.FindServiceByName(name.service);
  if (service == nullptr) return "there is no service " + name.service;
  if (name.method.empty() || service->FindMethodByName(name.method) != nullptr) return "";
  return "service " + name.service + " has no method " + name.method;
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
  for (const config::MethodConfig& entry : config_.methods) {
    check_names(pool, entry, problems);
    check_values(entry, problems);
  }
}

void RetryConfig::check_names(const pb::DescriptorPool& pool, const config::MethodConfig& entry,
                              Problems& problems) const {
  for (const config::MethodName& name : entry.names) {
    const std::string unknown = unknown_part(pool, name);
    if (unknown.empty()) continue;
    problems.add(severity(), at(name.line, name.column), kId,
                 entry.path + ".name: " + unknown + " in this run of protoc");
  }
}

// What is wrong whatever method it is for.
void RetryConfig::check_values(const config::MethodConfig& entry, Problems& problems) const {
  if (entry.timeout && entry.timeout->count() == 0) {
    const config::MethodName* name = entry.names.empty() ? nullptr : &entry.names.front();
    problems.add(severity(), name ? at(name->line, name->column) : at(0, 0), kId,
                 entry.path + ".timeout: must be more than 0");
  }
  for (const config::PolicySource* source : {&entry.retry_source, &entry.hedging_source}) {
    std::vector<int> codes;
    for (const config::ListedCode& listed : source->codes) codes.push_back(listed.code);
    check_codes(codes, [&](Severity level, std::string_view id, std::size_t index,
                           const std::string& text) {
      const config::ListedCode& listed = source->codes[index];
      const bool is_error = level == Severity::error;
      problems.add(is_error ? severity() : level, at(listed.line, listed.column),
                   is_error ? kId : id,
                   entry.path + ": " + text + (is_error ? " (" + std::string(id) + ")" : ""));
    });
  }
}

RetryConfig::Entry RetryConfig::find(const pb::MethodDescriptor& method) const {
  const config::MethodConfig* const config = config_.find(wire_path(method));
  if (config == nullptr) return {};
  const auto nearest = std::max_element(
      config->names.begin(), config->names.end(),
      [&](const auto& a, const auto& b) { return closeness(a, method) < closeness(b, method); });
  return {config, at(nearest->line, nearest->column)};
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
