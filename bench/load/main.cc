// bench_load: calls a server of payments.v1.PaymentService in a closed loop, looks at every byte of
// every reply, and prints what it measured as one line of JSON. Exit code 1: a reply was wrong.
//
//   --port=N  --connections=N --streams=N   calls in flight: so many on each of so many connections
//   --call=charge|download|upload|chat      the method; --messages=N of --size=BYTES in a stream
//   --seconds=S --warmup=S, or --calls=N    how long; a tenth as many calls warm up
//   --lockstep                              calls of a connection start together
//   --server=PID --allocations=FILE         whose processor time and allocations are measured
//   --do=run|check|idle|open                check: each method once, refusals, too; idle:
//   connections,
//                                           open: calls that do nothing, both until stdin ends
#include <sys/resource.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "flags.h"
#include "load/load.h"

namespace {

using bench::Flags;
using bench::Load;
using bench::LoadOptions;
using bench::Script;

Script script_of(const Flags& flags) {
  const auto count = static_cast<std::uint64_t>(flags.number("messages"));
  const auto size = static_cast<std::size_t>(flags.number("size"));
  const std::string& call = flags.text("call");
  if (call == "download") return bench::stream_transactions(count, size);
  if (call == "upload") return bench::batch_charge(count, size);
  if (call == "chat") return bench::payment_chat(size);
  return bench::charge_card();
}

LoadOptions options_of(const Flags& flags) {
  LoadOptions options;
  options.port = static_cast<int>(flags.number("port"));
  options.connections = static_cast<int>(flags.number("connections"));
  options.streams = static_cast<int>(flags.number("streams"));
  options.calls = static_cast<std::uint64_t>(flags.number("calls"));
  options.seconds = flags.real("seconds");
  options.warmup = flags.real("warmup");
  options.lockstep = flags.set("lockstep");
  options.tls = flags.set("tls");
  options.timeout = flags.text("timeout");
  options.windows = {static_cast<std::uint32_t>(flags.number("stream-window")),
                     static_cast<std::uint32_t>(flags.number("connection-window"))};
  options.server = static_cast<int>(flags.number("server"));
  options.allocations_file = flags.text("allocations");
  return options;
}

int complain(const Load& load) {
  std::fprintf(stderr, "bench_load: %s\n", load.failure().c_str());
  return 1;
}

void print(const bench::Measured& m, const Script& script) {
  const auto calls = static_cast<double>(m.calls);
  const double in = static_cast<double>(m.bytes_in), out = static_cast<double>(m.bytes_out);
  // Of streams, by bytes, because a stream may be longer than the run.
  const double messages = script.responses > 1 ? static_cast<double>(m.payload_in) /
                                                     static_cast<double>(script.response.size())
                          : script.requests > 1 ? out / static_cast<double>(script.request.size())
                                                : calls;
  const auto per = [](double what, double count) { return count > 0 ? what / count : 0; };
  std::printf(
      "{\"calls\": %.0f, \"total_calls\": %.0f, \"seconds\": %.3f, \"calls_per_s\": %.1f, "
      "\"messages_per_s\": %.1f, "
      "\"mb_in_per_s\": %.2f, \"mb_out_per_s\": %.2f, \"p50_us\": %.1f, \"p90_us\": %.1f, "
      "\"p99_us\": %.1f, \"p999_us\": %.1f, \"server_us\": %.3f, \"server_user_us\": %.3f, "
      "\"server_system_us\": %.3f, \"load_us\": %.3f, \"allocations\": %.3f}\n",
      calls, static_cast<double>(m.total_calls), m.seconds, per(calls, m.seconds),
      per(messages, m.seconds), per(in / 1e6, m.seconds), per(out / 1e6, m.seconds),
      m.latency.percentile(50), m.latency.percentile(90), m.latency.percentile(99),
      m.latency.percentile(99.9), per(m.server.cpu * 1e6, messages),
      per(m.server.user * 1e6, messages), per(m.server.system * 1e6, messages),
      per(m.load_cpu * 1e6, messages), per(static_cast<double>(m.server.allocations), messages));
}

int run(const Flags& flags) {
  const Script script = script_of(flags);
  Load load(options_of(flags), script);
  if (!load.connect() || !load.run()) return complain(load);
  print(load.measured(), script);
  return 0;
}

// Each wording of the service, once on a connection of its own and then some at a time.
int check(const Flags& flags) {
  const Script scripts[] = {bench::charge_card(),
                            bench::refused_charge(false),
                            bench::refused_charge(true),
                            bench::stream_transactions(100, 0),
                            bench::stream_transactions(3, 100),
                            bench::stream_transactions(5, 300'000),
                            bench::batch_charge(100, 0),
                            bench::batch_charge(5, 300'000),
                            bench::payment_chat(100)};
  for (const Script& script : scripts) {
    LoadOptions options = options_of(flags);
    options.connections = 2;
    options.streams = 3;
    options.calls = 10;
    Load load(options, script);
    if (load.connect() && load.run()) continue;
    std::fprintf(stderr, "bench_load: %s: ", script.path.c_str());
    return complain(load);
  }
  std::printf("every reply was right\n");
  return 0;
}

int hold(const Flags& flags, bool open) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  Load load(options_of(flags), bench::silent_chat());
  if (!load.connect() || (open && !load.open_all())) return complain(load);
  std::printf("open\n");
  std::fflush(stdout);
  while (std::cin.get() != EOF) {
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"port", "0"},
                     {"connections", "1"},
                     {"streams", "1"},
                     {"call", "charge"},
                     {"messages", "1000"},
                     {"size", "0"},
                     {"seconds", "3"},
                     {"warmup", "0.5"},
                     {"calls", "0"},
                     {"lockstep", "0"},
                     {"tls", "0"},
                     {"timeout", "10S"},
                     {"stream-window", "4194304"},
                     {"connection-window", "16777216"},
                     {"server", "0"},
                     {"allocations", ""},
                     {"do", "run"}});
  const std::string& what = flags.text("do");
  if (what == "run") return run(flags);
  if (what == "check") return check(flags);
  if (what == "idle" || what == "open") return hold(flags, what == "open");
  std::fprintf(stderr, "--do is run, check, idle or open\n");
  return 2;
}
