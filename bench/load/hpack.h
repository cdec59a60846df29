// Header blocks: those of requests are prepared by hand, those of responses read by nghttp2's
// decoder, each wording once.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

// The header blocks of a connection's first request, which fills the peer's table, and of each
// later one, which is a byte for each field. Without Huffman codes.
struct RequestBlocks {
  std::string first, later;
};
RequestBlocks request_blocks(std::string_view path, std::string_view timeout, bool tls);

// What the load generator wants to know of a header block.
struct ResponseFields {
  int http_status = 0;   // 0: none
  bool grpc = false;     // the content type begins with application/grpc
  int grpc_status = -1;  // -1: none
  std::string message;
};

// One connection's decoder. Responses of a server repeat each other, and a block of nothing but
// references to the table changes nothing: it is decoded once, until another block changes the
// table.
class BlockReader {
 public:
  BlockReader();
  // Null: the peer's compression is broken.
  const ResponseFields* read(std::string_view block);

 private:
  bool decode(std::string_view block, ResponseFields& fields);

  struct Free {
    void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
  };
  std::unique_ptr<nghttp2_hd_inflater, Free> inflater_;
  std::vector<std::pair<std::string, ResponseFields>> known_;
  ResponseFields other_;
};

}  // namespace bench
