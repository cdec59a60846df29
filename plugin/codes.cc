#include "codes.h"

#include <cpp_lite/status.h>

#include "config/status_codes.h"

namespace cpp_lite::plugin {
namespace {

// For the codes of AIP-194's "generally should not"; nullptr for others.
const char* doubt(int code) {
  switch (code) {
    case 10:
      return "ABORTED asks for the whole transaction again, which only the application can repeat";
    case 13:
      return "INTERNAL is a defect, which another attempt seldom cures";
    case 2:
      return "UNKNOWN says nothing, not even that another attempt could help";
    case 8:
      return "RESOURCE_EXHAUSTED is a quota, which another attempt uses up further";
    default:
      return nullptr;
  }
}

}  // namespace

std::uint32_t never_codes() {
  std::uint32_t bits = 0;
  for (const int code : {0, 1, 3, 5, 6, 7, 9, 11, 12, 15, 16}) bits |= bit(code);
  return bits;
}

void check_codes(const std::vector<int>& codes, const SayOfCode& say) {
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const int code = codes[i];
    if (code < 0 || code >= config::kStatusCodes) {  // an open enum takes any number
      say(Severity::error, "CL012", i, std::to_string(code) + " is no status code");
      continue;
    }
    const std::string name(to_string(static_cast<Code>(code)));
    if ((seen & bit(code)) != 0) {
      say(Severity::warning, "CL016", i, name + " is listed twice");
      continue;
    }
    seen |= bit(code);
    if ((never_codes() & bit(code)) != 0) {
      say(Severity::error, "CL012", i,
          name + " is never a reason to send a request again (AIP-194)");
    } else if (const char* reason = doubt(code)) {
      say(Severity::warning, "CL014", i, reason);
    }
  }
}

}  // namespace cpp_lite::plugin
