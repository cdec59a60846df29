#include "load/script.h"

#include <utility>

namespace bench {

namespace {

constexpr std::uint64_t kProcessedAt = 1767225600;
constexpr std::string_view kZeros = "000000000000";
static_assert(kZeros.size() == Script::kDigits);

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}
void put_number(std::string& out, unsigned field, std::uint64_t value) {
  if (value == 0) return;  // as proto3 has it
  put_varint(out, field << 3);
  put_varint(out, value);
}
void put_text(std::string& out, unsigned field, std::string_view text) {
  if (text.empty()) return;
  put_varint(out, field << 3 | 2);
  put_varint(out, text.size());
  out += text;
}

std::string framed(std::string_view message) {
  std::string out(5, '\0');
  for (std::size_t i = 0; i < 4; ++i) {
    out[4 - i] = static_cast<char>(message.size() >> (8 * i) & 0xff);
  }
  return out.append(message);
}

std::string path_of(std::string_view method) {
  return "/payments.v1.PaymentService/" + std::string(method);
}

std::string charge_request(std::uint64_t amount, std::string_view key, std::size_t padding) {
  std::string message;
  put_text(message, 1, "customer-4711");
  put_number(message, 2, amount);
  put_text(message, 3, "EUR");
  put_text(message, 4, key);
  put_text(message, 5, std::string(padding, 'x'));
  return framed(message);
}

constexpr std::string_view kKey = "key-000000000000";

}  // namespace

void put_digits(std::string& message, std::size_t at, std::uint64_t number) {
  for (std::size_t i = Script::kDigits; i-- > 0; number /= 10) {
    message[at + i] = static_cast<char>('0' + number % 10);
  }
}

Script charge_card() {
  Script script;
  script.path = path_of("ChargeCard");
  script.request = charge_request(1999, kKey, 0);
  std::string response;
  put_text(response, 1, "txn_" + std::string(kKey));
  put_number(response, 2, 1);
  put_text(response, 3, "ref_0123456789");
  put_number(response, 4, kProcessedAt);
  script.response = framed(response);
  script.request_digits = script.request.find(kZeros);
  script.response_digits = script.response.find(kZeros);
  return script;
}

Script refused_charge(bool without_key) {
  Script script = charge_card();
  script.request = without_key ? charge_request(1999, "", 0) : charge_request(0, kKey, 0);
  script.responses = 0;
  script.request_digits = script.response_digits = Script::kNone;
  script.status = 3;  // INVALID_ARGUMENT
  return script;
}

Script stream_transactions(std::uint64_t count, std::size_t size) {
  const std::string customer = size > 0 ? "pad:" + std::to_string(size) : "customer-471";
  Script script;
  script.path = path_of("StreamTransactions");
  std::string request, response;
  put_text(request, 1, customer);
  put_number(request, 2, count);
  script.request = framed(request);
  put_text(response, 1, size > 0 ? std::string(size, 'x') : "txn_0123456789");
  put_text(response, 2, customer);
  put_number(response, 3, 1999);
  put_text(response, 4, "EUR");
  put_number(response, 5, kProcessedAt);
  script.response = framed(response);
  script.responses = count;
  return script;
}

Script batch_charge(std::uint64_t count, std::size_t size) {
  Script script;
  script.path = path_of("BatchCharge");
  script.request = charge_request(1999, kKey, size);
  script.requests = count;
  std::string response;
  put_number(response, 1, count);
  put_number(response, 2, count);
  script.response = framed(response);
  return script;
}

Script payment_chat(std::size_t size) {
  Script script;
  script.path = path_of("PaymentChat");
  std::string message;
  put_text(message, 1, std::string(size, 'x'));
  script.request = script.response = framed(message);
  return script;
}

Script silent_chat() {
  Script script;
  script.path = path_of("PaymentChat");
  script.requests = script.responses = 0;
  script.closes = false;
  return script;
}

}  // namespace bench
