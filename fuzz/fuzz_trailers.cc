// Trailers: whatever status is read comes back from its own trailers the same, apart from bytes
// that are not UTF-8.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "fuzz/field_lines.h"
#include "wire/base64.h"
#include "wire/percent.h"
#include "wire/rpc_status.h"
#include "wire/trailers.h"

namespace {

using namespace cpp_lite;
using namespace cpp_lite::wire;

void read_fields(const FieldLines& fields) {
  const Status status = read_status(fields, 200);
  FieldWriter out;
  write_trailers(out, status);
  const Status again = read_status(out, 200);
  FUZZ_CHECK(again.code() == status.code());
  FUZZ_CHECK(out.list_size() <= kStatusRoom + 256);
  if (again.message() != to_utf8(status.message())) {
    FUZZ_CHECK(again.message().ends_with(" ... (cut)") || again.message().ends_with("too large)"));
    return;
  }
  FUZZ_CHECK(again.raw_details().size() == status.raw_details().size());
  for (std::size_t i = 0; i < status.raw_details().size(); ++i) {
    FUZZ_CHECK(again.raw_details()[i].type_url == status.raw_details()[i].type_url);
    FUZZ_CHECK(again.raw_details()[i].value == status.raw_details()[i].value);
  }
}

void read_bytes(std::string_view bytes) {
  RpcStatus details;
  decode_rpc_status(bytes, details);
  std::string text;
  percent_encode(bytes, text);
  FUZZ_CHECK(percent_decode(text) == bytes);
  FUZZ_CHECK(to_utf8(to_utf8(bytes)) == to_utf8(bytes));
  std::string base64, back;
  base64_encode(bytes, base64);
  FUZZ_CHECK(base64_decode(base64, back) && back == bytes);
  base64.clear();
  FUZZ_CHECK(base64_decode(bytes, base64) == is_base64(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_fields(FieldLines(data, size));
  read_bytes({reinterpret_cast<const char*>(data), size});
  return 0;
}
