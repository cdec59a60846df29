#include "load/connection.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace bench {

namespace {

// RFC 9113, 6 and 6.5.2.
enum Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kResetStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
};
constexpr std::uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4, kPadded = 8, kPriority = 0x20;
constexpr std::uint16_t kHeaderTableSize = 1, kEnablePush = 2, kInitialWindowSize = 4,
                        kMaxFrameSize = 5;
constexpr std::size_t kFrameHeader = 9, kLongestFrame = 16384, kInput = 256 << 10;
constexpr std::size_t kMostOutput = 256 << 10;  // beyond it request data waits

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  }
  return value;
}

void put_setting(Output& output, std::uint16_t name, std::uint32_t value) {
  const char bytes[] = {static_cast<char>(name >> 8), static_cast<char>(name)};
  output.copy({bytes, sizeof(bytes)});
  output.number(value);
}

}  // namespace

Connection::Connection(std::unique_ptr<Transport> transport, const Script& script,
                       RequestBlocks blocks, Windows windows, std::size_t calls)
    : transport_(std::move(transport)),
      script_(script),
      blocks_(std::move(blocks)),
      windows_(windows),
      calls_(std::bit_ceil(4 * calls)),
      input_(kInput),
      request_(script.request),
      response_(script.response) {
  output_.copy("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  output_.frame(12, kSettings, 0, 0);
  put_setting(output_, kEnablePush, 0);
  put_setting(output_, kInitialWindowSize, windows_.stream);
  output_.frame(4, kWindowUpdate, 0, 0);
  output_.number(windows_.connection - 65535);
}

void Connection::fail(std::string why) {
  if (failure_.empty()) failure_ = std::move(why);
}

Connection::Call* Connection::find(std::uint32_t stream) {
  Call& call = calls_[(stream >> 1) & (calls_.size() - 1)];
  return call.id == stream ? &call : nullptr;
}

// An id whose place is taken is left out.
Connection::Call& Connection::fresh_call() {
  while (true) {
    const std::uint32_t id = std::exchange(next_id_, next_id_ + 2);
    Call& call = calls_[(id >> 1) & (calls_.size() - 1)];
    if (call.id != 0) continue;
    call = Call();
    call.id = id;
    return call;
  }
}

void Connection::start(std::uint64_t number) {
  Call& call = fresh_call();
  call.number = number;
  call.window = initial_window_;
  ++open_;
  const std::string& block = std::exchange(first_, false) ? blocks_.first : blocks_.later;
  output_.frame(block.size(), kHeaders, kEndHeaders, call.id);
  output_.copy(block);
  unstamped_.push_back(call.id);
  if (script_.requests == 0) return;
  ++unsent_;
  send_data(call);
}

void Connection::send_data(Call& call) {
  if (call.closed) return;
  if (script_.request_digits != Script::kNone) {
    put_digits(request_, script_.request_digits, call.number);
  }
  const std::uint64_t total = script_.request_bytes();
  while (call.sent < total) {
    const std::int64_t room = std::min(window_, call.window);
    if (room <= 0 || output_.size() > kMostOutput) return;
    std::uint64_t left =
        std::min<std::uint64_t>({total - call.sent, max_frame_, static_cast<std::uint64_t>(room)});
    const bool last = call.sent + left == total;
    output_.frame(left, kData, last && script_.closes ? kEndStream : 0, call.id);
    window_ -= static_cast<std::int64_t>(left);
    call.window -= static_cast<std::int64_t>(left);
    while (left > 0) {
      const std::size_t at = call.sent % request_.size();
      const std::size_t part = std::min<std::uint64_t>(left, request_.size() - at);
      output_.borrow(std::string_view(request_).substr(at, part));
      call.sent += part;
      left -= part;
    }
  }
  call.closed = true;
  --unsent_;
}

void Connection::send_data_on_all() {
  if (unsent_ == 0) return;
  for (Call& call : calls_) {
    if (call.id != 0) send_data(call);
  }
}

void Connection::flush(std::uint64_t now) {
  for (const std::uint32_t id : unstamped_) {
    if (Call* const call = find(id)) call->started = now;
  }
  unstamped_.clear();
  while (failure_.empty() && !output_.empty()) {
    const std::size_t before = output_.size();
    if (!output_.write_to(*transport_)) return fail("the server closed the connection");
    bytes_out_ += before - output_.size();
    if (!output_.empty()) return;
    send_data_on_all();
  }
}

void Connection::receive(std::vector<std::uint64_t>& ended) {
  while (failure_.empty()) {
    const std::size_t room = input_.size() - have_;
    const ssize_t got = transport_->read(input_.data() + have_, room);
    if (got < 0) return fail("the server closed the connection");
    if (got == 0) return;
    bytes_in_ += static_cast<std::uint64_t>(got);
    have_ += static_cast<std::size_t>(got);
    const std::size_t used = take({input_.data(), have_}, ended);
    have_ -= used;
    if (have_ > 0) std::memmove(input_.data(), input_.data() + used, have_);
    if (static_cast<std::size_t>(got) < room) return;
  }
}

std::size_t Connection::take(std::string_view bytes, std::vector<std::uint64_t>& ended) {
  std::size_t at = 0;
  while (failure_.empty()) {
    const std::size_t left = bytes.size() - at;
    if (data_left_ > 0) {
      const std::size_t part = std::min(left, data_left_);
      if (part == 0) break;
      take_data(bytes.substr(at, part));
      at += part;
      data_left_ -= part;
      continue;
    }
    if (left < kFrameHeader) break;
    const Frame frame{number_at(bytes, at, 3), number_at(bytes, at + 5, 4) & 0x7fffffff,
                      static_cast<std::uint8_t>(bytes[at + 3]),
                      static_cast<std::uint8_t>(bytes[at + 4])};
    if (frame.length > kLongestFrame) fail("a frame is too long");
    if (frame.type == kData) {
      if ((frame.flags & (kPadded | kEndStream)) != 0) fail("DATA is padded or ends its stream");
      data_ = frame;
      data_left_ = frame.length;
      at += kFrameHeader;
      continue;
    }
    if (left - kFrameHeader < frame.length) break;
    take_frame(frame, bytes.substr(at + kFrameHeader, frame.length), ended);
    at += kFrameHeader + frame.length;
  }
  return at;
}

void Connection::take_frame(const Frame& frame, std::string_view payload,
                            std::vector<std::uint64_t>& ended) {
  switch (frame.type) {
    case kHeaders:
      return take_headers(frame, payload, ended);
    case kResetStream:
      if (find(frame.stream) == nullptr) return;
      return fail("RST_STREAM " + std::to_string(number_at(payload, 0, 4)));
    case kSettings:
      return take_settings(frame, payload);
    case kPing:
      if ((frame.flags & kAck) != 0) return;
      output_.frame(payload.size(), kPing, kAck, 0);
      return output_.copy(payload);
    case kGoaway:
      return fail("GOAWAY " + std::to_string(number_at(payload, 4, 4)));
    case kWindowUpdate:
      return take_window_update(frame, payload);
    default:
      return;
  }
}

void Connection::take_settings(const Frame& frame, std::string_view payload) {
  if ((frame.flags & kAck) != 0) return;
  for (std::size_t at = 0; at + 6 <= payload.size(); at += 6) {
    const std::uint32_t name = number_at(payload, at, 2), value = number_at(payload, at + 2, 4);
    if (name == kHeaderTableSize && value < 4096) fail("SETTINGS_HEADER_TABLE_SIZE below 4096");
    if (name == kMaxFrameSize) max_frame_ = value;
    if (name != kInitialWindowSize) continue;
    for (Call& call : calls_) call.window += std::int64_t{value} - initial_window_;
    initial_window_ = value;
  }
  output_.frame(0, kSettings, kAck, 0);
  ready_ = true;
  send_data_on_all();
}

void Connection::take_window_update(const Frame& frame, std::string_view payload) {
  const std::uint32_t more = number_at(payload, 0, 4);
  if (frame.stream == 0) {
    window_ += more;
    return send_data_on_all();
  }
  Call* const call = find(frame.stream);
  if (call == nullptr) return;
  call->window += more;
  send_data(*call);
}

void Connection::take_data(std::string_view bytes) {
  Call* const call = find(data_.stream);
  if (call == nullptr || !call->answered) return fail("DATA of no call, or before its HEADERS");
  if (!matches(*call, bytes)) return fail("a message is not what it has to be");
  call->received += bytes.size();
  payload_in_ += bytes.size();
  credit(*call, bytes.size());
}

bool Connection::matches(const Call& call, std::string_view bytes) {
  if (call.received + bytes.size() > script_.response_bytes()) return false;
  if (script_.response_digits != Script::kNone) {
    put_digits(response_, script_.response_digits, call.number);
  }
  std::size_t at = call.received % response_.size();
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), response_.size() - at);
    if (std::memcmp(bytes.data(), response_.data() + at, part) != 0) return false;
    bytes.remove_prefix(part);
    at = 0;
  }
  return true;
}

void Connection::credit(Call& call, std::size_t size) {
  unacknowledged_ += size;
  if (unacknowledged_ > windows_.connection / 2) {
    output_.frame(4, kWindowUpdate, 0, 0);
    output_.number(static_cast<std::uint32_t>(std::exchange(unacknowledged_, 0)));
  }
  call.unacknowledged += size;
  if (call.unacknowledged > windows_.stream / 2) {
    output_.frame(4, kWindowUpdate, 0, call.id);
    output_.number(static_cast<std::uint32_t>(std::exchange(call.unacknowledged, 0)));
  }
}

void Connection::take_headers(const Frame& frame, std::string_view block,
                              std::vector<std::uint64_t>& ended) {
  if ((frame.flags & kPadded) != 0 || (frame.flags & kEndHeaders) == 0) {
    return fail("HEADERS are padded or continued");
  }
  if ((frame.flags & kPriority) != 0) block.remove_prefix(std::min<std::size_t>(5, block.size()));
  const ResponseFields* const fields = reader_.read(block);
  if (fields == nullptr) return fail("a header block cannot be decoded");
  Call* const call = find(frame.stream);
  if (call == nullptr) return fail("HEADERS of no call");
  const bool ends = (frame.flags & kEndStream) != 0;
  if (!call->answered && (fields->http_status != 200 || !fields->grpc)) {
    return fail("a response is no gRPC: HTTP status " + std::to_string(fields->http_status));
  }
  if (call->answered && !ends) return fail("HEADERS in the middle of a response");
  call->answered = true;
  if (ends) end(*call, fields->grpc_status, fields->message, ended);
}

void Connection::end(Call& call, int status, const std::string& message,
                     std::vector<std::uint64_t>& ended) {
  if (status != script_.status) {
    return fail("grpc-status " + std::to_string(status) + ": " + message);
  }
  if (call.received != script_.response_bytes()) return fail("a response is too short");
  if (!call.closed) return fail("a call ended before its request");
  ended.push_back(call.started);
  call.id = 0;
  --open_;
}

}  // namespace bench
