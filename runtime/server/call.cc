#include "server/call.h"

#include <exception>
#include <string>
#include <utility>

#include "wire/causes.h"
#include "wire/frame.h"
#include "wire/trailers.h"

namespace cpp_lite::server {

namespace {

constexpr std::uint32_t kHttp2Cancel = 8;  // RFC 9113 section 7

Status status_of(Future<Status>& done) {
  try {
    return done.take();
  } catch (const std::exception& thrown) {
    return wire::local_status(wire::LocalCause::handler_threw, thrown.what());
  } catch (...) {
    return wire::local_status(wire::LocalCause::handler_threw);
  }
}

}  // namespace

ServerCall::ServerCall(Shard& shard, h2::Connection& connection, std::int32_t id)
    : Context(shard.loop()->clock(), connection.peer()),
      shard_(shard),
      connection_(&connection),
      id_(id),
      inbox_(shard.config().options.max_receive_message, shard.gunzip()),
      deadline_timer_(*shard.loop()),
      idle_timer_(*shard.loop()) {
  set_compression(shard.config().options.compression);
}

std::shared_ptr<CallContext> ServerCall::handle() const {
  const auto self = std::const_pointer_cast<ServerCall>(shared_from_this());
  return {self, &self->token_};
}

// --- From the wire ---

void ServerCall::on_headers(h2::HeaderBlock block, bool end_stream) {
  if (!head_seen_) {
    head_seen_ = true;
    if (auto refusal = read_head(std::move(block))) return refuse(*refusal);
    entry_ = shard_.config().router.find(head_.path);
    if (entry_ == nullptr) {
      const auto words =
          shard_.config().router.knows_service(head_.path) ? "method " : "service of ";
      return end(
          wire::local_status(wire::LocalCause::unknown_method, words + std::string(head_.path)));
    }
    method_ = entry_->route.method;
    inbox_.set_encoding(head_.encoding);
    if (!arm_deadline()) return;
    restart_idle_timer();
    if (method_->client_streams) start();
  }
  if (end_stream) on_end();  // what a client's trailers say concerns nobody in gRPC
}

void ServerCall::on_data(std::span<const std::uint8_t> bytes) {
  if (!open() || method_ == nullptr) return connection_->consume(id_, bytes.size());
  const std::size_t before = inbox_.received();
  if (Status bad = inbox_.feed(bytes); !bad.ok()) return abort(bad);
  if (inbox_.received() > before) restart_idle_timer();
  if (!method_->client_streams && inbox_.received() > 1) {
    return end(wire::local_status(wire::LocalCause::wrong_message_count, "more than one request"));
  }
  wake_reader();
  give_credit();
}

void ServerCall::on_end() {
  if (!open() || inbox_.ended()) return;
  if (Status bad = inbox_.end(); !bad.ok()) return abort(bad);
  if (method_ == nullptr) return;
  if (method_->client_streams) return wake_reader();
  if (inbox_.empty()) {
    return end(wire::local_status(wire::LocalCause::wrong_message_count, "no request message"));
  }
  if (Status bad = inbox_.take(request_); !bad.ok()) return abort(bad);
  give_credit();
  start();
}

void ServerCall::on_writable() {
  if (writer_) std::exchange(writer_, std::nullopt)->set(true);
}

void ServerCall::on_close(const h2::StreamClose& close) {
  connection_ = nullptr;
  deadline_timer_.stop();
  idle_timer_.stop();
  const auto self = shared_from_this();
  if (close.reason != h2::CloseReason::finished || !answered_) token_.cancel();
  stop_waiting();
}

// --- Beginning ---

void ServerCall::refuse(const wire::Refusal& refusal) {
  answered_ = true;
  wire::FieldWriter& fields = shard_.fields();
  wire::write_refusal(fields, refusal);
  connection_->send_headers(id_, shard_.header_list(fields), refusal.grpc);
  if (refusal.grpc) return;
  connection_->send_data(id_, Bytes(wire::kNotGrpcBody.begin(), wire::kNotGrpcBody.end()), true);
}

// calls.md D6 to D8: false when the call has no time at all.
bool ServerCall::arm_deadline() {
  const ServerOptions& options = shard_.config().options;
  std::chrono::nanoseconds timeout = head_.timeout.value_or(kUnbounded);
  if (method_->unary()) {
    timeout = head_.timeout ? std::min(timeout, options.max_deadline) : options.default_deadline;
  }
  if (timeout.count() <= 0) {
    end(wire::local_status(wire::LocalCause::deadline_passed));
    return false;
  }
  const SteadyTime when = Deadline(timeout).resolve(clock_.now());
  if (when == SteadyTime::max()) return true;
  token_.set_deadline(when);
  deadline_timer_.start(when, [this] { expire(wire::LocalCause::deadline_passed, {}); });
  return true;
}

void ServerCall::restart_idle_timer() {
  const std::chrono::nanoseconds limit = method_->idle_timeout;
  if (method_->unary() || limit.count() <= 0 || limit == kUnbounded || !open()) return;
  idle_timer_.start(clock_.now() + limit, [this] {
    expire(wire::LocalCause::deadline_passed, "no message for as long as the idle timeout");
  });
}

void ServerCall::start() {
  shard_.call_started(*this);
  if (entry_->run_on == RunOn::threads) return start_on_pool();
  run_handler(shard_.loop());
}

void ServerCall::start_on_pool() {
  const std::shared_ptr<io::Strand> strand = io::make_strand(shard_.config().pool);
  const bool taken = strand->try_post([self = shared_from_this(), strand] {
    // Its deadline may have passed in the queue (calls.md D8), or its client left.
    if (self->token_.cancelled()) {
      return self->handler_done(Status(Code::cancelled, "the call ended before its handler began"));
    }
    self->run_handler(strand);
  });
  if (!taken) finish(wire::local_status(wire::LocalCause::handler_queue_full));
}

void ServerCall::run_handler(std::shared_ptr<Executor> executor) {
  const Scope scope{std::move(executor), handle()};
  detail::ScopeGuard guard(&scope);
  const auto begin = [this]() -> Future<Status> {
    try {
      return run(0);
    } catch (const std::exception& thrown) {
      return wire::local_status(wire::LocalCause::handler_threw, thrown.what());
    } catch (...) {
      return wire::local_status(wire::LocalCause::handler_threw);
    }
  };
  detail::when_ready(begin(), [self = shared_from_this()](Future<Status> ready) {
    self->handler_done(std::move(ready));
  });
}

Future<Status> ServerCall::run(std::size_t layer) {
  const auto& layers = shard_.config().layers;
  if (layer < layers.size()) return layers[layer](*this, *method_, Next(*this, layer + 1));
  return entry_->route.serve(*entry_->service, *this);
}

// --- Ending ---

void ServerCall::handler_done(Future<Status> done) {
  Status status = status_of(done);
  if (!failure_.ok()) status = failure_;
  if (shard_.loop()->is_current()) return finish(std::move(status));
  shard_.loop()->post([self = shared_from_this(), status = std::move(status)]() mutable {
    self->finish(std::move(status));
  });
}

void ServerCall::finish(Status status) {
  const bool one_response = !method_->server_streams;
  if (status.ok() && one_response && open()) {
    status = response_.empty() ? Status(Code::internal, "the handler gave no response")
                               : push(std::move(response_), encoding());
  }
  end_whole(status);
  shard_.call_ended(*this, status.ok());
}

void ServerCall::abort(const Status& status) {
  const auto self = shared_from_this();
  end(status);
  token_.cancel();
}

void ServerCall::end(const Status& status) {
  if (open()) send_status(status, nullptr);
}

void ServerCall::end_whole(const Status& status) {
  if (!open()) return;
  if (status.ok() && !headers_.empty()) push_headers(may_compress_);
  if (!headers_sent_) {  // one block for an error: Trailers-Only
    for (const auto& [key, value] : headers_) trailers_.add(key, value);
  }
  send_status(status, &trailers_);
}

void ServerCall::send_status(const Status& status, const Metadata* metadata) {
  answered_ = true;  // the timers stay: until on_close() the answer may wait for the client
  wire::FieldWriter& fields = shard_.fields();
  if (headers_sent_) {
    wire::write_trailers(fields, status, metadata);
    connection_->send_trailers(id_, shard_.header_list(fields));
  } else {
    wire::write_trailers_only(fields, status, metadata);
    connection_->send_headers(id_, shard_.header_list(fields), true);
  }
  stop_waiting();
}

// calls.md D9.
void ServerCall::expire(wire::LocalCause cause, std::string_view detail) {
  if (connection_ == nullptr) return;
  const auto self = shared_from_this();
  if (open() && connection_->queued(id_) == 0) {
    return abort(wire::local_status(cause, detail));
  }
  // Half a message may be on its way, or the client does not let the answer out: only a reset ends
  // that.
  answered_ = true;
  std::exchange(connection_, nullptr)->reset(id_, kHttp2Cancel);
  token_.cancel();
  stop_waiting();
}

// Reads and writes of a call that is over end, so that its handler comes to its end.
void ServerCall::stop_waiting() {
  if (reader_) std::exchange(reader_, std::nullopt)->set(std::optional<Bytes>());
  if (writer_) std::exchange(writer_, std::nullopt)->set(false);
}

// --- The handler's side ---

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
    if (open()) push_headers(may_compress_);
    return open();
  }
  detail::Promise<bool> promise(shard_.loop());
  Future<bool> result = promise.future();
  shard_.loop()->post([self = shared_from_this(), announce = may_compress_,
                       promise = std::move(promise)]() mutable {
    if (self->open()) self->push_headers(announce);
    promise.set(self->open());
  });
  return result;
}

// What a read() yields without waiting, if it need not wait.
std::optional<std::optional<Bytes>> ServerCall::read_now() {
  const bool second = reader_ && reader_->wanted();
  if (!open() || second) return std::optional<Bytes>();
  if (!inbox_.empty()) {
    Bytes message;
    if (Status bad = inbox_.take(message); !bad.ok()) {
      abort(bad);
      return std::optional<Bytes>();
    }
    give_credit();
    return std::optional<Bytes>(std::move(message));
  }
  if (inbox_.ended()) return std::optional<Bytes>();
  return std::nullopt;
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
  const std::size_t credit = inbox_.take_credit();
  if (credit > 0 && connection_ != nullptr) connection_->consume(id_, credit);
}

// What a write() yields without waiting, if it need not wait. The message goes out in any case.
std::optional<bool> ServerCall::write_now(Bytes message, Encoding encoding) {
  const bool second = writer_ && writer_->wanted();
  if (!open() || second) return false;
  if (Status pushed = push(std::move(message), encoding); !pushed.ok()) {
    abort(pushed);
    return false;
  }
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
  push_headers(encoding.announce);
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

void ServerCall::push_headers(bool announce_gzip) {
  if (std::exchange(headers_sent_, true)) return;
  wire::ResponseFields response;
  gzip_announced_ = announce_gzip && head_.accepts_gzip;
  if (gzip_announced_) response.encoding = wire::Encoding::gzip;
  response.metadata = &headers_;
  wire::FieldWriter& fields = shard_.fields();
  wire::write_response(fields, response);
  connection_->send_headers(id_, shard_.header_list(fields), false);
}

}  // namespace cpp_lite::server
