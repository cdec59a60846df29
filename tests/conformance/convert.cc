#include "convert.h"

#include "wire/base64.h"

namespace conformance {

std::string decode_base64(const std::string& text) {
  std::string bytes;
  if (!cpp_lite::wire::base64_decode(text, bytes)) return text;
  return bytes;
}

std::string encode_base64(const std::string& bytes) {
  std::string text;
  cpp_lite::wire::base64_encode(bytes, text);
  return text;
}

cpp_lite::Status to_status(const pb::Error& error) {
  cpp_lite::Status status(static_cast<cpp_lite::Code>(error.code()), error.message());
  for (const auto& detail : error.details()) {
    status.add_raw_detail({detail.type_url(), detail.value()});
  }
  return status;
}

pb::Error from_status(const cpp_lite::Status& status) {
  pb::Error error;
  error.set_code(static_cast<pb::Code>(status.code()));
  error.set_message(status.message());
  for (const cpp_lite::StatusDetail& detail : status.raw_details()) {
    auto* any = error.add_details();
    any->set_type_url(detail.type_url);
    any->set_value(detail.value);
  }
  return error;
}

}  // namespace conformance
