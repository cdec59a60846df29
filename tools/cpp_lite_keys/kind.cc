#include "kind.h"

namespace cpp_lite::keys {

Result<const Kind*> kind_of(const std::string& url) {
  std::string known;
  for (const Kind* kind : kinds()) {
    if (url.starts_with(kind->scheme)) return kind;
    known.append(known.empty() ? "" : ", ").append(kind->form);
  }
  return Status(Code::invalid_argument, "no store is named by '" + url + "'; known: " + known);
}

}  // namespace cpp_lite::keys
