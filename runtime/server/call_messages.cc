// ServerCall, the handler's side: its messages in and out.
#include <cpp_lite/message.h>

#include <string>
#include <utility>

#include "server/call.h"
#include "wire/frame.h"
#include "wire/headers.h"

namespace cpp_lite::server {
namespace {

// Wire bytes of messages that were taken wait until there are so many, or no more messages: to tell
// nghttp2 costs more than to take a small one.
constexpr std::size_t kCreditAtOnce = 4 << 10;

}  // namespace

Future<std::optional<Bytes>> ServerCall::read() {
  const bool here = shard_.loop()->is_current();
  if (here) {
    if (auto now = read_now()) return std::move(*now);
  }
  Message promise(shard_.loop());
  Future<std::optional<Bytes>> result = promise.future();
  if (here) {
    read_later(std::move(promise));
  } else {
    shard_.loop()->post([self = shared_from_this(), promise = std::move(promise)]() mutable {
      self->read_later(std::move(promise));
    });
  }
  return result;
}

Future<bool> ServerCall::write(Bytes message) {
  headers_final_ = true;
  const bool here = shard_.loop()->is_current();
  if (here) {
    if (auto now = write_now(std::move(message), encoding())) return *now;
  }
  detail::Promise<bool> promise(shard_.loop());
  Future<bool> result = promise.future();
  if (here) {
    writer_ = std::move(promise);
  } else {
    shard_.loop()->post([self = shared_from_this(), message = std::move(message),
                         wanted = encoding(), promise = std::move(promise)]() mutable {
      self->write_later(std::move(message), wanted, std::move(promise));
    });
  }
  return result;
}

Future<bool> ServerCall::send_headers() {
  headers_final_ = true;
  if (shard_.loop()->is_current()) {
    if (open()) send_headers_now(may_compress_);
    return open();
  }
  detail::Promise<bool> promise(shard_.loop());
  Future<bool> result = promise.future();
  shard_.loop()->post([self = shared_from_this(), announce = may_compress_,
                       promise = std::move(promise)]() mutable {
    if (self->open()) self->send_headers_now(announce);
    promise.set(self->open());
  });
  return result;
}

// What a read() yields without waiting, if it need not wait.
std::optional<std::optional<Bytes>> ServerCall::read_now() {
  if (open() && reader_ && reader_->wanted()) misused("two reads");
  if (!open()) return std::optional<Bytes>();
  if (!inbox_.empty()) {
    Bytes message;
    if (Status bad = inbox_.take(message); !bad.ok()) {
      bad_message(bad);
      return std::optional<Bytes>();
    }
    taken(message.size());
    return std::optional<Bytes>(std::move(message));
  }
  if (inbox_.ended()) return std::optional<Bytes>();
  return std::nullopt;
}

// A message of so many bytes by the handler.
void ServerCall::taken(std::size_t size) {
  streamed_.received += size;
  if (feeding_ || (inbox_.credit() < kCreditAtOnce && !inbox_.empty())) return;
  note_memory();
  give_credit();
}

// Looks as read() does; whatever is unusual is left to that.
detail::ServedCall::Here ServerCall::read_here(google::protobuf::MessageLite& message) {
  if (!shard_.loop()->is_current() || !open() || reader_) return Here::not_here;
  const auto bytes = inbox_.front();
  if (!bytes) return Here::not_here;
  const std::size_t size = bytes->size();
  const bool good = detail::parse(*bytes, message);
  inbox_.drop_front();
  taken(size);
  return good ? Here::parsed : Here::bad;
}

// A bug of the handler's, which would lose messages without a word.
void ServerCall::misused(std::string_view what) {
  const std::string words = std::string(what) + " pending at once";
  shard_.log(LogLevel::error, words + " in the handler of " + std::string(method_->path));
  abort(Status(Code::internal, words));
}

void ServerCall::read_later(Message promise) {
  if (!promise.wanted()) return;  // given up; the message stays for the next read()
  if (auto now = read_now()) return promise.set(std::move(*now));
  reader_ = std::move(promise);
}

void ServerCall::wake_reader() {
  if (!reader_ || (inbox_.empty() && !inbox_.ended())) return;
  read_later(std::move(*std::exchange(reader_, std::nullopt)));
}

void ServerCall::give_credit() {
  if (shard_.short_of_memory()) return shard_.withhold();
  const std::size_t credit = inbox_.take_credit();
  if (credit > 0 && connection_ != nullptr) connection_->consume(id_, credit);
}

// What a write() yields without waiting, if it need not wait. The message goes out in any case.
std::optional<bool> ServerCall::write_now(Bytes message, Encoding encoding) {
  if (open() && writer_ && writer_->wanted()) misused("two writes");
  if (!open()) return false;
  const std::size_t size = message.size() - kMessagePrefix;
  if (Status pushed = push(std::move(message), encoding); !pushed.ok()) {
    abort(pushed);
    return false;
  }
  streamed_.sent += size;
  restart_idle_timer();
  if (connection_->queued(id_) < shard_.config().options.send_buffer) return true;
  return std::nullopt;
}

void ServerCall::write_later(Bytes message, Encoding encoding, detail::Promise<bool> promise) {
  if (auto now = write_now(std::move(message), encoding)) return promise.set(*now);
  writer_ = std::move(promise);
}

Status ServerCall::push(Bytes message, Encoding encoding) {
  Status sendable = wire::check_sendable(message.size() - kMessagePrefix,
                                         shard_.config().options.max_send_message);
  if (!sendable.ok()) return sendable;
  if (Status bad = push_headers(encoding.announce); !bad.ok()) return bad;
  const bool compressed = encoding.compress && gzip_announced_;
  if (compressed) {
    Bytes smaller(kMessagePrefix);
    const std::span<const std::uint8_t> plain = std::span(message).subspan(kMessagePrefix);
    if (Status bad = shard_.gzip().compress(plain, smaller); !bad.ok()) return bad;
    message = std::move(smaller);
  }
  wire::seal_frame(message, compressed);
  connection_->send_data(id_, std::move(message), false);
  return Status();
}

// What a handler that is still at work may change is not looked at.
MessageBytes ServerCall::message_bytes() const {
  MessageBytes bytes = streamed_;
  if (!method_->client_streams) bytes.received = request_view().size();
  if (!method_->server_streams && open() && !at_work_) bytes.sent = response_bytes().size();
  return bytes;
}

void ServerCall::send_headers_now(bool announce_gzip) {
  if (Status bad = push_headers(announce_gzip); !bad.ok()) abort(bad);
}

Status ServerCall::push_headers(bool announce_gzip) {
  if (headers_sent_) return Status();
  if (headers_.empty() && !(announce_gzip && head_.accepts_gzip) && usual()) {
    headers_sent_ = true;
    connection_->send_headers(id_, shard_.usual_headers(), false);
    return Status();
  }
  wire::ResponseFields response;
  gzip_announced_ = announce_gzip && head_.accepts_gzip;
  if (gzip_announced_) response.encoding = wire::Encoding::gzip;
  response.metadata = &headers_;
  wire::FieldWriter& fields = shard_.fields();
  wire::write_response(fields, response);
  shard_.name_store(fields);
  if (Status bad = wire::check_list(fields, connection_->longest_list()); !bad.ok()) {
    headers_ = {};  // nor are they trailers
    return bad;
  }
  headers_sent_ = true;
  connection_->send_headers(id_, shard_.header_list(fields), false);
  return Status();
}

}  // namespace cpp_lite::server
