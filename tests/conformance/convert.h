// Between the suite's messages and ours: headers and errors.
#pragma once

#include <cpp_lite/metadata.h>
#include <cpp_lite/status.h>

#include <algorithm>
#include <string>

#include "connectrpc/conformance/v1/service.pb.h"

namespace conformance {

namespace pb = ::connectrpc::conformance::v1;

// The suite writes the values of -bin headers in base64, as they are on the wire.
std::string decode_base64(const std::string& text);
std::string encode_base64(const std::string& bytes);

template <typename Headers>
cpp_lite::Metadata to_metadata(const Headers& headers) {
  cpp_lite::Metadata metadata;
  for (const pb::Header& header : headers) {
    for (const std::string& value : header.value()) {
      const bool binary = header.name().ends_with("-bin");
      metadata.add(header.name(), binary ? decode_base64(value) : value);
    }
  }
  return metadata;
}

// The suite compares one header of each name, which has all the values.
template <typename Headers>
void from_metadata(const cpp_lite::Metadata& metadata, Headers* headers) {
  for (const auto& [name, value] : metadata) {
    const auto same = std::find_if(headers->begin(), headers->end(),
                                   [&](const pb::Header& known) { return known.name() == name; });
    pb::Header* const header = same == headers->end() ? headers->Add() : &*same;
    header->set_name(name);
    header->add_value(name.ends_with("-bin") ? encode_base64(value) : value);
  }
}

cpp_lite::Status to_status(const pb::Error& error);
pb::Error from_status(const cpp_lite::Status& status);

}  // namespace conformance
