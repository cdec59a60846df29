// A Status in words.
#include <cpp_lite/status.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace cpp_lite {
namespace {

constexpr std::array<std::string_view, 8> kOutcomes = {
    "NOT_SENT", "REFUSED", "DECLARED", "REJECTED", "LOST", "COMMITTED", "LOCAL", "OK",
};

// "0.4 ms", "12.0 s": for people, to a tenth.
std::string in_words(std::chrono::nanoseconds duration) {
  const bool in_seconds = duration >= std::chrono::seconds(10);
  const std::chrono::nanoseconds tenth = std::chrono::microseconds(in_seconds ? 100'000 : 100);
  const std::int64_t tenths = std::max<std::int64_t>(0, duration / tenth);
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) +
         (in_seconds ? " s" : " ms");
}

// "; attempts=3, stopped: budget": what closes the story, on the first line.
std::string summary(const std::vector<Attempt>& attempts) {
  std::string text = "attempts=" + std::to_string(attempts.size());
  const auto last = std::find_if(attempts.rbegin(), attempts.rend(), [](const Attempt& attempt) {
    return attempt.verdict.starts_with("stopped");
  });
  if (last != attempts.rend()) text.append(", ").append(last->verdict);
  return text;
}

std::string line(const Attempt& attempt) {
  std::string text = "\n  attempt " + std::to_string(attempt.number) + ": ";
  text.append(attempt.peer.empty() ? "no connection" : attempt.peer).append(", ");
  text.append(to_string(attempt.outcome));
  if (attempt.outcome != Outcome::ok) text.append(" ").append(to_string(attempt.code));
  if (attempt.outcome != Outcome::not_sent) {
    text.append(", sent ").append(std::to_string(attempt.bytes_sent)).append(" bytes");
  }
  if (attempt.delay.count() > 0) text.append(", waited ").append(in_words(attempt.delay));
  text.append(", took ").append(in_words(attempt.elapsed));
  if (attempt.remaining != std::chrono::nanoseconds::max()) {
    text.append(", ").append(in_words(attempt.remaining)).append(" left");
  }
  if (!attempt.verdict.empty()) text.append("; ").append(attempt.verdict);
  return text;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  const auto index = static_cast<std::size_t>(outcome);
  return index < kOutcomes.size() ? kOutcomes[index] : "UNKNOWN";
}

// One attempt that nobody judged is the plain case and says nothing.
std::string Status::to_string() const {
  std::string text(cpp_lite::to_string(code()));
  const std::vector<Attempt>& tried = attempts();
  const bool told = tried.size() > 1 || (tried.size() == 1 && !tried[0].verdict.empty());
  if (!message().empty()) text.append(": ").append(message());
  if (!ok()) {
    text.append(origin() == Origin::peer ? " (peer" : " (local");
    if (!phase().empty()) text.append(", ").append(phase());
    text.append(told ? "; " : ")");
  } else if (told) {
    text.append(" (");
  }
  if (!told) return text;
  text.append(summary(tried)).append(")");
  const bool alone = tried.size() == 1 && (ok() || tried[0].peer.empty());
  if (!alone) {
    for (const Attempt& attempt : tried) text.append(line(attempt));
  }
  return text;
}

}  // namespace cpp_lite
