#include "attempt_end.h"

#include <limits>

namespace cpp_lite::retries {
namespace {

using Kind = Deed::Kind;

constexpr int kRefusedStream = 7;  // RFC 9113 section 7

// grpc/grpc, doc/PROTOCOL-HTTP2.md, "HTTP2 Transport Mapping".
Code code_of_reset(int error) {
  if (error == kRefusedStream) return Code::unavailable;
  if (error == 8) return Code::cancelled;
  if (error == 11) return Code::resource_exhausted;
  if (error == 12) return Code::permission_denied;
  return error > 13 ? Code::unknown : Code::internal;
}

// grpc/grpc, doc/http-grpc-status-mapping.md.
Code code_of_http(int status) {
  if (status == 400) return Code::internal;
  if (status == 401) return Code::unauthenticated;
  if (status == 403) return Code::permission_denied;
  if (status == 404) return Code::unimplemented;
  const bool busy = status == 429 || status == 502 || status == 503 || status == 504;
  return busy ? Code::unavailable : Code::unknown;
}

// The peer's own word.
End status_end(const Deed& deed, const Method& method, bool message) {
  End end{.fate = Fate::committed, .at = deed.at, .code = static_cast<Code>(deed.code)};
  if (deed.code > 16) end.code = Code::unknown;
  if (deed.code == 0) {
    const bool whole = method.server_streams || message;
    end.fate = whole ? Fate::ok : Fate::committed;
    end.code = whole ? Code::ok : Code::unimplemented;
    return end;
  }
  end.words = deed.message;
  end.pushbacks = deed.pushbacks;
  if (deed.kind == Kind::trailers_only) end.fate = deed.marker ? Fate::declared : Fate::rejected;
  return end;
}

}  // namespace

End how_it_ended(const Seen& attempt, const Method& method, bool trust_refused) {
  bool head = false;
  bool message = false;
  const Deed* last = nullptr;
  for (const Deed& deed : attempt.deeds) {
    head = head || deed.kind == Kind::headers;
    message = message || deed.kind == Kind::message;
    if (deed.ends_stream()) last = &deed;
  }
  if (last == nullptr) return {.at = SteadyTime::max()};
  if (last->kind == Kind::trailers || last->kind == Kind::trailers_only) {
    return status_end(*last, method, message);
  }
  // COMMITTED: of a unary call that is safe the application sees nothing before its end.
  const bool held_back = method.unary() && method.safety != Safety::unsafe;
  End end{.fate = head && !held_back ? Fate::committed : Fate::lost, .at = last->at};
  const bool refused = last->kind == Kind::refused_by_goaway ||
                       (last->kind == Kind::reset && last->code == kRefusedStream);
  if (refused && !head && trust_refused) end.fate = Fate::refused;
  if (last->kind == Kind::reset) end.code = code_of_reset(last->code);
  if (last->kind == Kind::body_end) end.code = Code::unknown;
  if (last->kind == Kind::http_error) {
    end.fate = Fate::rejected;
    end.code = code_of_http(last->code);
  }
  return end;
}

std::optional<int> pushback_of(const std::vector<std::string>& values) {
  if (values.empty()) return std::nullopt;
  const std::string& text = values.front();
  const bool digits = !text.empty() && text.size() <= 10 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  if (values.size() > 1 || !digits || (text.size() > 1 && text[0] == '0')) return -1;
  const long long value = std::stoll(text);
  return value > std::numeric_limits<int>::max() ? -1 : static_cast<int>(value);
}

}  // namespace cpp_lite::retries
