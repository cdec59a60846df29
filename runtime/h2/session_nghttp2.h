// For session*.cc alone: nghttp2, whatever its version, and our values in its form.
#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "h2/header_block.h"
#include "h2/session.h"

namespace cpp_lite::h2 {

// nghttp2 1.61 renamed what took ssize_t. This is the only place that knows.
#if NGHTTP2_VERSION_NUM >= 0x013d00
using Ssize = nghttp2_ssize;
using DataProvider = nghttp2_data_provider2;
inline constexpr auto mem_recv = nghttp2_session_mem_recv2;
inline constexpr auto mem_send = nghttp2_session_mem_send2;
inline constexpr auto submit_request = nghttp2_submit_request2;
inline constexpr auto submit_response = nghttp2_submit_response2;
#else
using Ssize = ssize_t;
using DataProvider = nghttp2_data_provider;
inline constexpr auto mem_recv = nghttp2_session_mem_recv;
inline constexpr auto mem_send = nghttp2_session_mem_send;
inline constexpr auto submit_request = nghttp2_submit_request;
inline constexpr auto submit_response = nghttp2_submit_response;
#endif

inline constexpr std::int32_t kWholeConnection = 0;  // as a stream id
inline constexpr std::size_t kLongestGoawayText = 256;
// One header block as it comes, before it is decoded. HPACK needs less than the 32 bytes per field
// that RFC 9113 6.5.2 adds, so a list that is within max_header_list is within `bytes`, too.
struct BlockBounds {
  explicit BlockBounds(const ConnectionOptions& options)
      : bytes(std::max<std::size_t>(options.abuse.header_block, options.max_header_list)),
        continuations(options.abuse.continuations +
                      (bytes - options.abuse.header_block) / kUsualFrame) {}
  static constexpr std::size_t kUsualFrame = 16 << 10;
  std::size_t bytes;
  std::size_t continuations;
};
// Of our own blocks, whatever the peer takes: nghttp2 wants a bound.
inline constexpr std::size_t kLongestSentList = 16 << 20;
// The PING that goes with a shutdown notice.
inline constexpr std::array<std::uint8_t, 8> kNotice = {'s', 'h', 'u', 't', 'd', 'o', 'w', 'n'};

// Found by argument-dependent lookup, because versions before 1.57 have them only as backports.
template <typename Option>
void loosen_limits(Option* option, std::size_t continuations) {
  // It also counts the RST_STREAM(NO_ERROR) of ordinary gRPC peers.
  if constexpr (requires { nghttp2_option_set_stream_reset_rate_limit(option, 1u, 1u); }) {
    constexpr std::uint64_t kNever = std::numeric_limits<std::uint32_t>::max();
    nghttp2_option_set_stream_reset_rate_limit(option, kNever, kNever);
  }
  // Debian's backport counts a CONTINUATION once for each read() that a part of its 9-byte header
  // comes in, so that a slow line may break the limit. on_begin_frame() counts frames.
  if constexpr (requires { nghttp2_option_set_max_continuations(option, 1u); }) {
    nghttp2_option_set_max_continuations(option, 9 * (continuations + 1));
  }
}

inline nghttp2_option* new_option(const ConnectionOptions& options) {
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  // gRPC metadata may begin or end with a space; the receiver decides (PROTOCOL-HTTP2).
  nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);
  nghttp2_option_set_max_send_header_block_length(option, kLongestSentList);
  nghttp2_option_set_max_settings(option, options.abuse.settings_entries);
  nghttp2_option_set_max_outbound_ack(option, options.abuse.queued_acks);
  loosen_limits(option, BlockBounds(options).continuations);
  return option;
}

// A header list in nghttp2's form, without memory of its own when it is short.
class NameValues {
 public:
  explicit NameValues(const HeaderList& fields) : NameValues(fields.size()) {
    for (const HeaderField& field : fields) add(field);
  }
  NameValues(const NameValues&) = delete;
  const nghttp2_nv* data() const { return begin_; }
  std::size_t size() const { return size_; }

 private:
  explicit NameValues(std::size_t count) {
    if (count > few_.size()) many_.resize(count);
    begin_ = count > few_.size() ? many_.data() : few_.data();
  }
  void add(const HeaderField& field) {
    const auto bytes = [](std::string_view text) {
      // nghttp2 reads from there and, in spite of the type, never writes.
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    constexpr int kNone = NGHTTP2_NV_FLAG_NONE;
    const bool name_lasts = field.lasting || field.lasting_name;
    const int flags = (field.never_index ? NGHTTP2_NV_FLAG_NO_INDEX : kNone) |
                      (name_lasts ? NGHTTP2_NV_FLAG_NO_COPY_NAME : kNone) |
                      (field.lasting ? NGHTTP2_NV_FLAG_NO_COPY_VALUE : kNone);
    begin_[size_++] = {bytes(field.name), bytes(field.value), field.name.size(), field.value.size(),
                       static_cast<std::uint8_t>(flags)};
  }

  std::array<nghttp2_nv, 24> few_;
  std::vector<nghttp2_nv> many_;
  nghttp2_nv* begin_;
  std::size_t size_ = 0;
};

// For people: what a peer wrote into GOAWAY, fit for a log.
inline std::string goaway_words(const nghttp2_goaway& goaway) {
  std::string words = nghttp2_http2_strerror(goaway.error_code);
  if (goaway.opaque_data_len == 0) return words;
  words += ": ";
  for (std::size_t i = 0; i < std::min(goaway.opaque_data_len, kLongestGoawayText); ++i) {
    const auto c = static_cast<char>(goaway.opaque_data[i]);
    words += c >= ' ' && c <= '~' ? c : '?';
  }
  return words;
}

struct Session::Callbacks {
  // Sends what a stream has queued.
  static const DataProvider kFromQueue;

  static Session& self(void* user);
  static std::optional<std::uint32_t> fault_of(const Session& s, const nghttp2_frame_hd& head);
  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user);
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame*, void* user);
  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t flags, void* user);
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*,
                               std::size_t, const std::uint8_t*, std::size_t, std::uint8_t, void*);
  static int on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void* user);
  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static void on_connection_frame(Session& s, const nghttp2_frame& frame);
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int why, void* user);
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user);
  static int before_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_frame_send(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int on_frame_not_send(nghttp2_session* session, const nghttp2_frame* frame, int why,
                               void* user);
  static Ssize read(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t room,
                    std::uint32_t* flags, nghttp2_data_source*, void* user);
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header,
                       std::size_t size, nghttp2_data_source*, void* user);
  static nghttp2_session* open(Session& s);
};

}  // namespace cpp_lite::h2
