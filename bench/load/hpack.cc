#include "load/hpack.h"

#include <algorithm>
#include <cstdlib>

namespace bench {

namespace {

// Names in the static table of RFC 7541, appendix A.
constexpr std::uint8_t kAuthority = 1, kPath = 4, kContentType = 31, kUserAgent = 58;
constexpr char kMethodPost = '\x83', kSchemeHttp = '\x86', kSchemeHttps = '\x87';
constexpr int kFirstDynamic = 62;

// A string literal (RFC 7541, 5.2) of at most 126 bytes, which is all that we send.
void put_literal(std::string& out, std::string_view text) {
  if (text.size() > 126) std::abort();
  out += static_cast<char>(text.size());
  out += text;
}

struct Field {
  std::uint8_t name_index;  // 0: the name is spelt out
  std::string_view name, value;
};

bool refers_to_the_table_alone(std::string_view block) {
  return std::all_of(block.begin(), block.end(), [](char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte > 0x80 && byte < 0xff;  // RFC 7541, 6.1, an index in one byte
  });
}

void take(ResponseFields& fields, std::string_view name, std::string_view value) {
  if (name == ":status") fields.http_status = std::atoi(std::string(value).c_str());
  if (name == "content-type") fields.grpc = value.starts_with("application/grpc");
  if (name == "grpc-status") fields.grpc_status = std::atoi(std::string(value).c_str());
  if (name == "grpc-message") fields.message = value;
}

}  // namespace

RequestBlocks request_blocks(std::string_view path, std::string_view timeout, bool tls) {
  const Field fields[] = {{kPath, "", path},
                          {kAuthority, "", "localhost"},
                          {0, "te", "trailers"},
                          {kContentType, "", "application/grpc"},
                          {kUserAgent, "", "bench_load/1"},
                          {0, "grpc-timeout", timeout}};
  RequestBlocks blocks;
  blocks.first = {kMethodPost, tls ? kSchemeHttps : kSchemeHttp};
  blocks.later = blocks.first;
  int entered = 0;
  for (const Field& field : fields) {
    if (field.value.empty()) continue;                           // no timeout
    blocks.first += static_cast<char>(0x40 | field.name_index);  // enters the table (6.2.1)
    if (field.name_index == 0) put_literal(blocks.first, field.name);
    put_literal(blocks.first, field.value);
    ++entered;
  }
  // The last one entered has the lowest index.
  for (int i = entered - 1; i >= 0; --i) {
    blocks.later += static_cast<char>(0x80 | (kFirstDynamic + i));
  }
  return blocks;
}

BlockReader::BlockReader() {
  nghttp2_hd_inflater* inflater = nullptr;
  if (nghttp2_hd_inflate_new(&inflater) != 0) std::abort();
  inflater_.reset(inflater);
}

const ResponseFields* BlockReader::read(std::string_view block) {
  for (const auto& [bytes, fields] : known_) {
    if (bytes == block) return &fields;
  }
  const bool remembered = refers_to_the_table_alone(block);
  if (!remembered) known_.clear();
  ResponseFields fields;
  if (!decode(block, fields)) return nullptr;
  if (remembered) return &known_.emplace_back(std::string(block), std::move(fields)).second;
  other_ = std::move(fields);
  return &other_;
}

bool BlockReader::decode(std::string_view block, ResponseFields& fields) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(block.data());
  std::size_t left = block.size();
  while (true) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, at, left, 1);
    if (used < 0) return false;
    at += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      take(fields, {reinterpret_cast<const char*>(field.name), field.namelen},
           {reinterpret_cast<const char*>(field.value), field.valuelen});
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) return false;
  }
  return nghttp2_hd_inflate_end_headers(inflater_.get()) == 0;
}

}  // namespace bench
