#include "io/tunnel.h"

#include <string_view>
#include <utility>

namespace cpp_lite::io {
namespace {

constexpr std::size_t kLongestAnswer = 16 << 10;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

Status no_tunnel(const std::string& words, const h2::Transport& proxy) {
  return Status(Code::unavailable, words + ": proxy " + proxy.peer());
}

// For people: fit for a log.
std::string first_line(std::string_view answer) {
  std::string line(answer.substr(0, std::min<std::size_t>(answer.find("\r\n"), 200)));
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  return line;
}

// Of "HTTP/1.1 200 Connection established"; 0: it is no such line.
int status_of(std::string_view answer) {
  constexpr std::size_t kCode = 9;
  if (!answer.starts_with("HTTP/1.") || answer.size() < kCode + 3 || answer[kCode - 1] != ' ') {
    return 0;
  }
  int code = 0;
  for (const char c : answer.substr(kCode, 3)) {
    if (c < '0' || c > '9') return 0;
    code = 10 * code + (c - '0');
  }
  return code;
}

}  // namespace

void Tunnel::open(const std::string& request, Opened opened) {
  opened_ = std::move(opened);
  proxy_->start(*this);
  proxy_->write({request.begin(), request.end()});
}

void Tunnel::on_bytes(std::span<const std::uint8_t> bytes) {
  if (!answered_) {
    answer_.append(bytes.begin(), bytes.end());
    return read_answer();
  }
  if (listener_ != nullptr && early_.empty()) return listener_->on_bytes(bytes);
  early_.insert(early_.end(), bytes.begin(), bytes.end());
}

void Tunnel::read_answer() {
  const std::size_t end = answer_.find(kEndOfHead);
  if (end == std::string::npos) {
    if (answer_.size() > kLongestAnswer) finish(no_tunnel("an endless answer", *proxy_));
    return;
  }
  const int code = status_of(answer_);
  const std::string rest = answer_.substr(end + kEndOfHead.size());
  if (code >= 100 && code < 200) {  // there is another one behind it
    answer_ = rest;
    return read_answer();
  }
  if (code < 200 || code > 299) {
    const std::string line = first_line(answer_);
    return finish(code == 0 ? no_tunnel("no HTTP but '" + line + "'", *proxy_)
                            : no_tunnel("CONNECT was answered with '" + line + "'", *proxy_));
  }
  answered_ = true;
  early_.assign(rest.begin(), rest.end());
  if (written_) finish(Status());
}

void Tunnel::on_written(std::vector<std::uint8_t> buffer) {
  if (written_) {
    if (listener_ != nullptr) listener_->on_written(std::move(buffer));
    return;
  }
  written_ = true;
  if (answered_) finish(Status());
}

void Tunnel::on_closed(std::string reason) {
  if (opened_) return finish(no_tunnel(reason, *proxy_));
  if (listener_ != nullptr && early_.empty()) {
    return std::exchange(listener_, nullptr)->on_closed(std::move(reason));
  }
  closed_early_ = std::move(reason);
}

// The last thing that is done: it may be the end of this object.
void Tunnel::finish(Status status) {
  if (!opened_) return;
  const Opened opened = std::exchange(opened_, nullptr);
  opened(std::move(status));
}

void Tunnel::start(h2::Transport::Listener& listener) {
  listener_ = &listener;
  if (early_.empty() && closed_early_.empty()) return;
  loop_.post([weak = std::weak_ptr<Tunnel*>(self_)] {
    if (const auto self = weak.lock()) (*self)->deliver();
  });
}

void Tunnel::deliver() {
  const std::weak_ptr<Tunnel*> alive = self_;
  if (listener_ != nullptr && !early_.empty()) {
    const std::vector<std::uint8_t> bytes = std::exchange(early_, {});
    listener_->on_bytes(bytes);
  }
  if (alive.expired() || listener_ == nullptr || closed_early_.empty()) return;
  std::exchange(listener_, nullptr)->on_closed(std::move(closed_early_));
}

void Tunnel::close() {
  listener_ = nullptr;
  opened_ = nullptr;
  proxy_->close();
}

void Tunnel::close_with(std::vector<std::uint8_t> last) {
  listener_ = nullptr;
  proxy_->close_with(std::move(last));
}

}  // namespace cpp_lite::io
