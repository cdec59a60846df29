// Heads of requests and responses: no block of fields breaks the readers, and what they accept
// keeps what their headers promise.
#include <cstddef>
#include <cstdint>

#include "fuzz/check.h"
#include "fuzz/field_lines.h"
#include "wire/headers.h"

namespace {

using namespace cpp_lite;
using namespace cpp_lite::wire;

void read_as_request(const FieldLines& fields) {
  RequestHead head;
  const auto refusal = read_request(fields, head);
  FieldWriter answer;
  if (refusal) {
    FUZZ_CHECK(!refusal->status.ok());
    write_refusal(answer, *refusal);
    const ResponseHead seen = read_response(answer, refusal->grpc);
    FUZZ_CHECK(seen.over && !seen.over->ok());
    return;
  }
  FUZZ_CHECK(head.path.size() >= 4 && head.path.front() == '/');
  FUZZ_CHECK(!head.timeout || head.timeout->count() >= 0);
  Metadata metadata;
  FUZZ_CHECK(read_metadata(fields, metadata).ok());  // base64 was checked before
  write_request(answer, {.path = head.path, .timeout = head.timeout, .metadata = &metadata});
  RequestHead again;
  FUZZ_CHECK(!read_request(answer, again));
  FUZZ_CHECK(again.path == head.path);
}

void read_as_response(const FieldLines& fields, bool end_stream) {
  const ResponseHead head = read_response(fields, end_stream);
  FUZZ_CHECK(!head.informational || !end_stream);
  FUZZ_CHECK(!head.over || !head.over->ok() || end_stream);
  FUZZ_CHECK(head.over || head.informational || !end_stream);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FieldLines fields(data, size);
  read_as_request(fields);
  read_as_response(fields, false);
  read_as_response(fields, true);
  Metadata metadata;
  (void)read_metadata(fields, metadata).ok();
  return 0;
}
