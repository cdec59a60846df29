#include "client/health_watch.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "client/incoming.h"
#include "wire/compress.h"
#include "wire/frame.h"
#include "wire/headers.h"
#include "wire/health.h"
#include "wire/trailers.h"

namespace cpp_lite::client {
namespace {

constexpr std::size_t kLongestAnswer = 1 << 10;
constexpr std::uint32_t kCancelStream = 8;  // RFC 9113 section 7

}  // namespace

// One call of Watch. Its watch may leave it at any time and hears nothing more.
class HealthWatch::Stream final : public h2::StreamOwner,
                                  public std::enable_shared_from_this<Stream> {
 public:
  Stream(HealthWatch& watch, h2::Connection& connection)
      : watch_(&watch), connection_(&connection) {}

  bool start(const HealthQuestion& question) {
    wire::FieldWriter fields;
    wire::write_request(fields, {.path = wire::kHealthWatch,
                                 .authority = question.authority,
                                 .scheme = question.scheme,
                                 .user_agent = question.user_agent});
    h2::HeaderList headers;
    fields.append_to(headers);
    id_ = connection_->open(headers, shared_from_this());
    if (id_ == 0) return false;
    const std::string request = wire::encode_health_request(question.service);
    Bytes message;
    wire::frame_into(message, false,
                     {reinterpret_cast<const std::uint8_t*>(request.data()), request.size()});
    connection_->send_data(id_, std::move(message), true);
    return true;
  }

  void leave() {
    watch_ = nullptr;
    connection_->reset(id_, kCancelStream);
  }

 private:
  void on_headers(h2::HeaderBlock block, bool end_stream) override {
    if (watch_ == nullptr) return;
    if (head_read_) return watch_->ended(wire::read_status(block));
    wire::ResponseHead head = wire::read_response(block, end_stream);
    if (head.informational) return;
    if (head.over) return watch_->ended(std::move(*head.over));
    head_read_ = true;
    incoming_.set_encoding(head.encoding);
  }

  void on_data(std::span<const std::uint8_t> bytes) override {
    if (watch_ == nullptr) return;
    connection_->consume(id_, bytes.size());
    Status status = incoming_.feed(bytes);
    while (status.ok() && watch_ != nullptr && !incoming_.empty()) {
      wire::Gunzip gunzip;
      status = incoming_.open(gunzip);
      if (!status.ok()) break;
      const Bytes message = incoming_.pop();
      watch_->answered({reinterpret_cast<const char*>(message.data()), message.size()});
    }
    if (!status.ok() && watch_ != nullptr) watch_->ended(std::move(status));
  }

  void on_end() override {
    if (watch_ != nullptr) watch_->ended(Status(Code::unknown, "the response has no status"));
  }

  void on_writable() override {}

  void on_close(const h2::StreamClose& close) override {
    if (watch_ == nullptr) return;
    switch (close.reason) {
      case h2::CloseReason::connection_lost:
      case h2::CloseReason::never_sent:
        return watch_->lost();  // who gave the connection learns of it, too
      case h2::CloseReason::finished:
        return on_end();
      case h2::CloseReason::reset_by_peer:
      case h2::CloseReason::refused:
      case h2::CloseReason::reset_by_us:
        return watch_->ended(wire::status_of_reset(close.error));
    }
  }

  HealthWatch* watch_;
  h2::Connection* const connection_;
  std::int32_t id_ = 0;
  bool head_read_ = false;
  Incoming incoming_{kLongestAnswer};
};

HealthWatch::HealthWatch(Loop& loop, std::shared_ptr<const HealthQuestion> question,
                         const BackoffOptions& backoff, Random random, Owner& owner)
    : loop_(loop),
      question_(std::move(question)),
      owner_(owner),
      backoff_(backoff, std::move(random)),
      pause_(loop) {}

HealthWatch::~HealthWatch() { leave(); }

void HealthWatch::ask(std::shared_ptr<h2::Connection> connection) {
  if (connection != connection_) {
    leave();
    pause_.stop();
    backoff_.reset();
    connection_ = std::move(connection);
    settled_ = false;
    verdict_ = Verdict::unknown;
  }
  if (connection_ != nullptr && !settled_ && !open() && !pause_.armed()) open_stream();
}

void HealthWatch::open_stream() {
  if (!connection_->can_open()) return;
  asked_at_ = loop_.now();
  stream_ = std::make_shared<Stream>(*this, *connection_);
  if (!stream_->start(*question_)) stream_.reset();
}

void HealthWatch::leave() {
  if (const std::shared_ptr<Stream> left = std::exchange(stream_, nullptr)) left->leave();
}

void HealthWatch::answered(std::string_view response) {
  const std::optional<wire::HealthStatus> status = wire::decode_health_status(response);
  if (!status) return ended(Status(Code::internal, "the response cannot be parsed"));
  backoff_.reset();
  if (*status == wire::HealthStatus::serving) return become(Verdict::healthy);
  fail("it is " + std::string(wire::to_string(*status)));
}

void HealthWatch::ended(Status status) {
  leave();
  if (status.code() == Code::unimplemented) {
    settled_ = true;
    return become(Verdict::healthy);
  }
  // Counted from the beginning, so that a Watch that lasted is repeated at once.
  pause_.start(std::max(loop_.now(), asked_at_ + backoff_.next()), [this] { open_stream(); });
  fail("its health cannot be watched: " + status.to_string());
}

void HealthWatch::fail(const std::string& words) {
  reason_ = Status(Code::unavailable, connection_->peer() + " is not used: " + words);
  reason_.set_phase("connecting");
  become(Verdict::unhealthy);
}

void HealthWatch::become(Verdict verdict) {
  if (std::exchange(verdict_, verdict) != verdict) owner_.on_health_changed(*this);
}

}  // namespace cpp_lite::client
