#include "server/call.h"

#include <cpp_lite/transform.h>

#include <exception>
#include <string>
#include <utility>

#include "policy/escaped.h"
#include "policy/promise.h"
#include "server/peer.h"
#include "server/shield.h"
#include "wire/causes.h"
#include "wire/trailers.h"

namespace cpp_lite::server {

namespace {

constexpr std::uint32_t kHttp2Cancel = 8;  // RFC 9113 section 7

}  // namespace

ServerCall::ServerCall(Shard& shard, Peer& peer, std::int32_t id)
    : Context(shard.loop()->clock(), peer.facts()),
      shard_(shard),
      connection_(&peer.connection()),
      peer_(peer),
      inbox_(shard.config().options.max_receive_message, shard.gunzip()),
      deadline_timer_(*shard.loop()),
      id_(id) {
  set_compression(shard.config().options.compression);
}

ServerCall::Rare& ServerCall::rare() {
  if (rare_ == nullptr) rare_ = std::make_unique<Rare>(*shard_.loop());
  return *rare_;
}

std::shared_ptr<CallContext> ServerCall::handle() const {
  const auto self = std::const_pointer_cast<ServerCall>(shared_from_this());
  return {self, &self->token_};
}

// --- From the wire ---

void ServerCall::on_headers(h2::HeaderBlock block, bool end_stream) {
  if (!head_seen_) {
    head_seen_ = true;
    if (auto refusal = read_head(std::move(block))) {
      return refuse_later(*std::move(refusal), end_stream);
    }
    if (turned_away_at_once()) return;
    if (known_ != nullptr) entry_ = known_->entry;
    if (entry_ == nullptr) entry_ = shard_.config().router.find(head_.path);
    if (entry_ == nullptr) {
      shard_.call_refused();
      const bool known = shard_.config().router.knows_service(head_.path);
      return end(wire::local_status(
          known ? wire::LocalCause::unknown_method : wire::LocalCause::unknown_service,
          head_.path));
    }
    if (known_ != nullptr) known_->entry = entry_;
    method_ = entry_->route.method;
    inbox_.set_encoding(head_.encoding);
    if (shard_.config().options.hint_retries && head_.previous_attempts > 0) {
      token_.set_retry_hint(RetryHint::attempts_1);
    }
    shard_.call_started(*this);
    if (!arm_deadline()) return;
    restart_idle_timer();
    if (method_->client_streams) start();
  }
  if (end_stream) on_end();  // what a client's trailers say concerns nobody in gRPC
}

void ServerCall::on_data(std::span<const std::uint8_t> bytes) {
  if (refused()) discard(bytes.size());
  if (!open() || method_ == nullptr) return connection_->consume(id_, bytes.size());
  const std::size_t before = inbox_.received();
  const bool streams = method_->client_streams;
  Status bad = streams ? inbox_.lend(bytes) : inbox_.feed(bytes);
  if (!bad.ok()) return bad_message(bad);
  if (inbox_.received() > before) restart_idle_timer();
  if (!streams && inbox_.received() > 1) {
    return end(wire::local_status(wire::LocalCause::wrong_message_count, "more than one request"));
  }
  feeding_ = true;
  wake_reader();  // who then reads all that is there, where it lies
  feeding_ = false;
  inbox_.settle();
  note_memory();
  give_credit();
}

// Nearly every call with one request: it is there at once, and is read where it lies.
bool ServerCall::on_last_data(std::span<const std::uint8_t> bytes) {
  if (refused() || !open() || method_ == nullptr || method_->client_streams) return false;
  const auto request = inbox_.only(bytes);
  if (!request) return false;
  borrowed_ = *request;
  const Config& config = shard_.config();
  if (entry_->run_on == RunOn::threads || !config.layers.empty() || is_keyed()) own_request();
  restart_idle_timer();
  give_credit();
  start();
  if (!borrowed_.empty()) own_request();  // the handler waits for something
  return true;
}

void ServerCall::on_end() {
  if (refused()) return refuse();
  if (!open() || inbox_.ended()) return;
  if (Status bad = inbox_.end(); !bad.ok()) return abort(bad);
  if (method_ == nullptr) return;
  if (method_->client_streams) return wake_reader();
  if (inbox_.empty()) {
    return end(wire::local_status(wire::LocalCause::wrong_message_count, "no request message"));
  }
  if (Status bad = inbox_.take(request_); !bad.ok()) return bad_message(bad);
  note_memory();
  give_credit();
  start();
}

void ServerCall::on_writable() {
  if (writer_) std::exchange(writer_, std::nullopt)->set(true);
}

void ServerCall::on_close(const h2::StreamClose& close) {
  leave_connection();
  deadline_timer_.stop();
  stop_idle_timer();
  const auto self = shared_from_this();
  leave_queue(Stage::ended);
  if (close.reason != h2::CloseReason::finished || !answered_) token_.cancel();
  stop_waiting();
  over_before_start();
}

// Calls that were started end with finish() instead.
void ServerCall::over_before_start() {
  if (!std::exchange(started_, true) && entry_ != nullptr) shard_.call_ended(*this, false);
}

// --- Beginning ---

// HTTP's own answer to what is no gRPC comes when the request is over, as HTTP clients expect.
void ServerCall::refuse_later(wire::Refusal refusal, bool end_stream) {
  const bool at_once = end_stream || refusal.grpc;
  if (refusal.status.code() == Code::resource_exhausted) {
    shard_.counters.headers_over_limit.fetch_add(1, std::memory_order_relaxed);
  }
  rare().refusal = std::move(refusal);
  if (at_once) return refuse();
  deadline_timer_.start(Deadline(shard_.config().options.default_deadline).resolve(clock_.now()),
                        [this] { refuse(); });
}

// Of a request that will be refused; not for ever.
void ServerCall::discard(std::size_t size) {
  constexpr std::size_t kMost = 64 << 10;
  if ((rare().discarded += size) > kMost) refuse();
}

void ServerCall::refuse() {
  const wire::Refusal refusal = *std::exchange(rare().refusal, std::nullopt);
  deadline_timer_.stop();
  if (!open()) return;
  answered_ = true;
  wire::FieldWriter& fields = shard_.fields();
  wire::write_refusal(fields, refusal);
  shard_.name_store(fields);
  const bool body = !refusal.grpc && refusal.with_body;
  connection_->send_headers(id_, shard_.header_list(fields), !body);
  if (refusal.grpc) shard_.call_refused();
  if (!body) return;
  connection_->send_data(id_, Bytes(wire::kNotGrpcBody.begin(), wire::kNotGrpcBody.end()), true);
}

// docs/rules.md D6 to D8: false when the call has no time at all.
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
  began_ = clock_.now();
  const SteadyTime when = Deadline(timeout).resolve(began_);
  if (when == SteadyTime::max()) return true;
  token_.set_deadline(when);
  deadline_timer_.start(when, [this] { expire(wire::LocalCause::deadline_passed, {}); });
  return true;
}

void ServerCall::restart_idle_timer() {
  const std::chrono::nanoseconds limit = method_->idle_timeout;
  if (method_->unary() || limit.count() <= 0 || limit == kUnbounded || !open()) return;
  rare().idle_timer.start(Deadline(limit).resolve(clock_.now()), [this] {
    expire(wire::LocalCause::deadline_passed, "no message for as long as the idle timeout");
  });
}

void ServerCall::start() {
  started_ = true;
  const Scope scope{shard_.loop(), handle()};
  detail::ScopeGuard guard(&scope);
  const auto begin = [this]() -> Future<Status> {
    try {
      return run(0);
    } catch (...) {
      return thrown();
    }
  };
  detail::when_ready(begin(), [self = shared_from_this()](Future<Status> ready) {
    self->handler_done(std::move(ready));
  });
}

Future<Status> ServerCall::run(std::size_t layer) {
  const auto& layers = shard_.config().layers;
  if (layer < layers.size()) return layers[layer](*this, *method_, Next(*this, layer + 1));
  return entry_->run_on == RunOn::threads ? serve_on_pool() : serve();
}

Future<Status> ServerCall::serve() {
  if (Status other = of_another_store(); !other.ok()) return other;
  handler_began_ = true;
  Future<Status> done = is_keyed() ? serve_keyed() : entry_->route.serve(*entry_->service, *this);
  return shard_.config().layers.empty() ? std::move(done) : heard(std::move(done));
}

// Remembers on the way to the layers whether the handler itself promised that it did nothing.
Future<Status> ServerCall::heard(Future<Status> done) {
  const auto listen = [this](Status status) {
    handler_promised_ = policy::promised_here(status);
    return status;
  };
  if (!done.ready()) return detail::transform(std::move(done), listen);
  try {
    return listen(done.take());
  } catch (...) {
    detail::Promise<Status> thrown;
    Future<Status> result = thrown.future();
    thrown.fail(std::current_exception());
    return result;
  }
}

// --- Ending ---

// Within a handler of exceptions. What an exception says may be a secret: it is for our log alone.
Status ServerCall::thrown() const {
  std::string line = "the handler of " + std::string(method_->path) + " threw ";
  try {
    throw;
  } catch (const std::exception& exception) {
    line += policy::escaped(exception.what());
  } catch (...) {
    line += "what is no std::exception";
  }
  shard_.log(LogLevel::error, line);
  return wire::local_status(wire::LocalCause::handler_threw);
}

Status ServerCall::status_of(Future<Status>& done) const {
  try {
    return done.take();
  } catch (...) {
    return thrown();
  }
}

void ServerCall::handler_done(Future<Status> done) {
  Status status = status_of(done);
  if (shard_.loop()->is_current()) return finish(std::move(status));
  io::post_last(*shard_.loop(), [self = shared_from_this(), status = std::move(status)]() mutable {
    self->finish(std::move(status));
  });
}

void ServerCall::finish(Status status) {
  if (at_work_) return finish_later(std::move(status));
  borrowed_ = {};
  if (!failure_.ok()) status = failure_;
  const bool one_response = !method_->server_streams;
  if (status.ok() && one_response && open()) {
    status = response_.empty() ? Status(Code::internal, "the handler gave no response")
                               : push(std::move(response_), encoding());
  }
  end_whole(status, is_proven(status));
  done_ = true;
  if (abandoned_) --facts_->abandoned;
  shard_.call_ended(*this, answered_ok_);
}

// docs/rules.md, "Executed or not": a layer that let the call pass knows nothing, whatever it says;
// a handler knows.
bool ServerCall::is_proven(const Status& status) const {
  const bool may_know = !handler_began_ || shard_.config().layers.empty() || handler_promised_;
  return may_know && policy::promised_here(status);
}

void ServerCall::abort(const Status& status) {
  const auto self = shared_from_this();
  leave_queue(Stage::ended);
  end(status);
  token_.cancel();
}

void ServerCall::abort_for_lack_of_time(const Status& status, bool proven,
                                        std::atomic<std::uint64_t>& count) {
  const auto self = shared_from_this();
  if (proven) count.fetch_add(1, std::memory_order_relaxed);
  if (open()) send_status(status, nullptr, proven);
  token_.cancel();
}

void ServerCall::shut_down() {
  shutting_down_ = true;
  if (rare_ != nullptr) {
    const auto shields = rare_->shields;  // some may end at once
    for (const auto& shield : shields) shield->cancel();
  }
  const bool proven = leave_queue(Stage::ended) || (open() && !started_);
  abort_for_lack_of_time(wire::local_status(wire::LocalCause::shutting_down), proven,
                         shard_.counters.refused_by_drain);
}

void ServerCall::end(const Status& status) {
  if (open()) send_status(status, nullptr, false);
}

void ServerCall::end_whole(Status status, bool not_executed) {
  if (!open()) return;
  if (status.ok() && !headers_.empty()) status = push_headers(may_compress_);
  if (!headers_sent_) {  // one block for an error: Trailers-Only
    for (const auto& [key, value] : headers_) trailers_.add(key, value);
  }
  send_status(status, &trailers_, not_executed);
}

void ServerCall::send_status(const Status& status, const Metadata* metadata, bool not_executed) {
  answered_ = true;  // the timers stay: until on_close() the answer may wait for the client
  answered_ok_ = status.ok();
  if (status.ok() && headers_sent_ && (metadata == nullptr || metadata->empty()) && usual()) {
    connection_->send_trailers(id_, shard_.usual_trailers());
    return stop_waiting();
  }
  wire::FieldWriter& fields = shard_.fields();
  if (headers_sent_) {
    wire::write_trailers(fields, status, metadata);
  } else {
    // Behind a mesh's second attempt the first one may have executed.
    wire::write_trailers_only(fields, status, metadata, not_executed && !head_.mesh_repeats);
    shard_.name_store(fields);
  }
  Status bad = wire::check_list(fields, connection_->longest_list());
  if (metadata != nullptr && !bad.ok()) {  // the status arrives, and says what does not
    const std::string words = status.message() + " (" + bad.message() + ")";
    if (!status.ok()) bad = Status(status.code(), words).set_origin(status.origin());
    if (const auto pushback = status.pushback()) bad.set_pushback(*pushback);
    return send_status(bad, nullptr, not_executed);
  }
  if (headers_sent_) {
    connection_->send_trailers(id_, shard_.header_list(fields));
  } else {
    connection_->send_headers(id_, shard_.header_list(fields), true);
  }
  stop_waiting();
}

// Whether what nearly all responses have may go out as it is prepared.
bool ServerCall::usual() const {
  return shard_.config().keyed == nullptr && connection_->longest_list() >= Shard::kLongestUsual;
}

// docs/rules.md D9.
void ServerCall::expire(wire::LocalCause cause, std::string_view detail) {
  if (connection_ == nullptr) return;
  const auto self = shared_from_this();
  if (open() && connection_->queued(id_) == 0) {
    return abort_for_lack_of_time(wire::local_status(cause, detail), leave_queue(Stage::ended),
                                  shard_.counters.expired_in_queue);
  }
  shard_.counters.answers_not_read.fetch_add(1, std::memory_order_relaxed);
  cut(kHttp2Cancel);
}

// Reads and writes of a call that is over end, so that its handler comes to its end.
void ServerCall::stop_waiting() {
  if (reader_) std::exchange(reader_, std::nullopt)->set(std::optional<Bytes>());
  if (writer_) std::exchange(writer_, std::nullopt)->set(false);
}

}  // namespace cpp_lite::server
