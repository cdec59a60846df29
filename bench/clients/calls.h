// What every client in bench/ asks, how it looks at the answers, and what it prints: one program
// for each runtime, all with the same flags.
//
//   --port=N --outstanding=N   calls in flight
//   --how=...                  which of the runtime's APIs
//   --seconds=S --warmup=S, or --calls=N   how long; a tenth as many calls warm up
//   --busy-poll=N              microseconds; our client alone
//   --lockstep                 calls start together, when all of the last ones have ended
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "flags.h"
#include "load/histogram.h"
#include "payments.pb.h"

namespace bench {

inline Flags client_flags(int argc, char** argv, std::string how) {
  return Flags(argc, argv,
               {{"port", "0"},
                {"outstanding", "1"},
                {"how", std::move(how)},
                {"seconds", "3"},
                {"warmup", "0.5"},
                {"calls", "0"},
                {"busy-poll", "0"},
                {"lockstep", "0"}});
}

inline std::string key_of(std::uint64_t number) {
  std::string key = "key-000000000000";
  for (std::size_t at = key.size(); number > 0; number /= 10) {
    key[--at] = static_cast<char>('0' + number % 10);
  }
  return key;
}

inline void fill(payments::v1::ChargeRequest& request, std::uint64_t number) {
  request.set_customer_id("customer-4711");
  request.set_amount_cents(1999);
  request.set_currency("EUR");
  request.set_idempotency_key(key_of(number));
}

[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "a call failed: %s\n", why.c_str());
  std::exit(1);
}

inline void check(const payments::v1::ChargeResponse& response, std::uint64_t number) {
  if (response.transaction_id() == "txn_" + key_of(number) &&
      response.status() == payments::v1::CHARGE_STATUS_SUCCESS &&
      response.processor_reference() == "ref_0123456789" &&
      response.processed_at_unix() == 1767225600) {
    return;
  }
  give_up("the answer is not the one to number " + std::to_string(number));
}

// Calls that end, from the warm-up to the end. One thread at a time.
class Course {
 public:
  explicit Course(const Flags& flags)
      : calls_(static_cast<std::uint64_t>(flags.number("calls"))),
        seconds_(flags.real("seconds")),
        warmup_(flags.real("warmup")),
        began_(now()) {}

  static double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  bool over() const { return phase_ == Phase::over; }
  std::uint64_t next_number() { return ++started_; }

  // A call that began then has ended.
  void ended(double began) {
    const double at = now();
    ++ended_;
    if (phase_ == Phase::warming) {
      if (calls_ > 0 ? ended_ < calls_ / 10 : at - began_ < warmup_) return;
      phase_ = Phase::measuring;
      ended_ = 0;
      began_ = at;
      cpu_ = own_cpu();
    } else if (phase_ == Phase::measuring) {
      latency_.add(static_cast<std::uint64_t>((at - began) * 1e9));
      if (calls_ > 0 ? ended_ < calls_ : at - began_ < seconds_) return;
      phase_ = Phase::over;
      measured_ = ended_;
      took_ = at - began_;
      cpu_ = own_cpu() - cpu_;
    }
  }

  void print() const {
    const auto calls = static_cast<double>(measured_);
    std::printf(
        "{\"calls\": %.0f, \"total_calls\": %.0f, \"seconds\": %.3f, \"calls_per_s\": %.1f, "
        "\"client_us\": %.3f, \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": "
        "%.1f}\n",
        calls, static_cast<double>(started_), took_, calls / took_, cpu_ * 1e6 / calls,
        latency_.percentile(50), latency_.percentile(90), latency_.percentile(99),
        latency_.percentile(99.9));
    std::fflush(stdout);
  }

 private:
  enum class Phase { warming, measuring, over };

  static double own_cpu() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
  }

  const std::uint64_t calls_;
  const double seconds_, warmup_;
  Phase phase_ = Phase::warming;
  std::uint64_t started_ = 0, ended_ = 0, measured_ = 0;
  double began_, cpu_ = 0, took_ = 0;
  Histogram latency_;
};

}  // namespace bench
