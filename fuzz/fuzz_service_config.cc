// Service configs: what strict mode takes lenient mode takes too; every name finds its entry; what
// is said about a text is one line, and in the order of the text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/service_config.h"
#include "fuzz/check.h"

namespace {

using namespace cpp_lite::config;

void check(const std::vector<Finding>& findings) {
  const Finding* before = nullptr;
  for (const Finding& finding : findings) {
    FUZZ_CHECK(finding.line > 0 && finding.column > 0 && !finding.text.empty());
    for (const char c : to_string(finding)) FUZZ_CHECK(c >= 0x20 && c < 0x7f);
    FUZZ_CHECK(before == nullptr ||
               std::tie(before->line, before->column) <= std::tie(finding.line, finding.column));
    before = &finding;
  }
}

void check(const ServiceConfig& config) {
  std::size_t names = 0;
  for (const MethodConfig& entry : config.methods) {
    FUZZ_CHECK(!entry.retry || (entry.retry->max_attempts >= 2 && entry.retry->codes > 1));
    FUZZ_CHECK(!entry.retry || !entry.hedging);
    FUZZ_CHECK(!entry.timeout || entry.timeout->count() >= 0);
    for (const MethodName& name : entry.names) {
      ++names;
      const std::string path = name.service.empty() ? "" : "/" + name.service + "/" + name.method;
      FUZZ_CHECK(config.find(path) == &entry);
    }
  }
  FUZZ_CHECK(config.index.size() == names);
}

Parsed parse(std::string_view json, Mode mode) {
  Parsed parsed = parse_service_config(json, mode);
  check(parsed.errors);
  check(parsed.warnings);
  if (parsed.ok()) check(parsed.config);
  return parsed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const Parsed strict = parse(json, Mode::strict);
  const Parsed lenient = parse(json, Mode::lenient);
  FUZZ_CHECK(lenient.errors.size() <= strict.errors.size());
  FUZZ_CHECK(lenient.errors.size() + lenient.warnings.size() ==
             strict.errors.size() + strict.warnings.size());
  return 0;
}
