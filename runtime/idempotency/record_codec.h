// Records and their parts as bytes, for stores that keep them in one column or value.
//
// A byte of version, then fields: number (one byte), length (LEB128), content. A field that is not
// there has its default; one that the reader does not know is skipped, and gone when that reader
// writes. So a new field needs no new version, as long as the release before can do without it:
// during an upgrade it reads and rewrites what we write. Numbers are never used twice.
#pragma once

#include <cpp_lite/export.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "idempotency/state.h"

namespace cpp_lite::idempotency {

using Bytes = std::vector<std::uint8_t>;

CPP_LITE_API Bytes encode(const Record& record);
CPP_LITE_API Bytes encode(const StoredResult& result);
CPP_LITE_API Bytes encode(const Owner& owner);
CPP_LITE_API Bytes encode(const Label& label);

// nullopt: not written by encode(), or by one whose version this release does not know.
CPP_LITE_API std::optional<Record> decode_record(std::span<const std::uint8_t> bytes);
CPP_LITE_API std::optional<StoredResult> decode_result(std::span<const std::uint8_t> bytes);
CPP_LITE_API std::optional<Owner> decode_owner(std::span<const std::uint8_t> bytes);
CPP_LITE_API std::optional<Label> decode_label(std::span<const std::uint8_t> bytes);

}  // namespace cpp_lite::idempotency
