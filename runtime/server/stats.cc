// What a server has counted.
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "server/impl.h"

namespace cpp_lite {
namespace {

using Sum = std::uint64_t ServerStats::*;
using Part = std::atomic<std::uint64_t> server::Counters::*;

constexpr std::pair<Sum, Part> kParts[] = {
    {&ServerStats::connections_accepted, &server::Counters::accepted},
    {&ServerStats::connections_open, &server::Counters::open},
    {&ServerStats::handshakes_given_up, &server::Counters::given_up},
    {&ServerStats::calls_started, &server::Counters::started},
    {&ServerStats::calls_open, &server::Counters::running},
    {&ServerStats::calls_ok, &server::Counters::ok},
    {&ServerStats::calls_failed, &server::Counters::failed},
    {&ServerStats::refused_by_queue, &server::Counters::refused_by_queue},
    {&ServerStats::expired_in_queue, &server::Counters::expired_in_queue},
    {&ServerStats::refused_by_drain, &server::Counters::refused_by_drain},
    {&ServerStats::too_many_pings, &server::Counters::too_many_pings},
    {&ServerStats::handshakes_timed_out, &server::Counters::handshakes_timed_out},
    {&ServerStats::headers_over_limit, &server::Counters::headers_over_limit},
    {&ServerStats::messages_over_limit, &server::Counters::messages_over_limit},
    {&ServerStats::answers_not_read, &server::Counters::answers_not_read},
    {&ServerStats::refused_for_memory, &server::Counters::refused_for_memory},
    {&ServerStats::ended_for_memory, &server::Counters::ended_for_memory},
    {&ServerStats::refused_for_abandoned, &server::Counters::refused_for_abandoned},
};

// By h2::Attack.
constexpr std::array<Sum, h2::kAttacks> kByAttack = {
    nullptr,
    &ServerStats::rapid_resets,
    &ServerStats::protocol_errors,
    &ServerStats::glitch_floods,
    &ServerStats::header_floods,
    &ServerStats::control_floods,
    &ServerStats::empty_frame_floods,
    &ServerStats::priority_floods,
    &ServerStats::window_update_floods,
};

struct Named {
  const char* name;
  Sum value;
};
constexpr Named kNames[] = {
    {"connections_accepted", &ServerStats::connections_accepted},
    {"connections_open", &ServerStats::connections_open},
    {"handshakes_given_up", &ServerStats::handshakes_given_up},
    {"calls_started", &ServerStats::calls_started},
    {"calls_open", &ServerStats::calls_open},
    {"calls_ok", &ServerStats::calls_ok},
    {"calls_failed", &ServerStats::calls_failed},
    {"refused_by_queue", &ServerStats::refused_by_queue},
    {"expired_in_queue", &ServerStats::expired_in_queue},
    {"refused_by_drain", &ServerStats::refused_by_drain},
    {"rapid_resets", &ServerStats::rapid_resets},
    {"protocol_errors", &ServerStats::protocol_errors},
    {"glitch_floods", &ServerStats::glitch_floods},
    {"header_floods", &ServerStats::header_floods},
    {"control_floods", &ServerStats::control_floods},
    {"empty_frame_floods", &ServerStats::empty_frame_floods},
    {"priority_floods", &ServerStats::priority_floods},
    {"window_update_floods", &ServerStats::window_update_floods},
    {"too_many_pings", &ServerStats::too_many_pings},
    {"handshakes_timed_out", &ServerStats::handshakes_timed_out},
    {"headers_over_limit", &ServerStats::headers_over_limit},
    {"messages_over_limit", &ServerStats::messages_over_limit},
    {"answers_not_read", &ServerStats::answers_not_read},
    {"refused_for_memory", &ServerStats::refused_for_memory},
    {"ended_for_memory", &ServerStats::ended_for_memory},
    {"refused_for_abandoned", &ServerStats::refused_for_abandoned},
};
static_assert(sizeof(ServerStats) == sizeof(kNames) / sizeof(Named) * sizeof(std::uint64_t),
              "a counter without a name");

}  // namespace

ServerStats Server::Impl::stats() const {
  ServerStats sum;
  for (const auto& shard : shards_) {
    const server::Counters& counters = shard->counters;
    for (const auto& [to, from] : kParts) {
      sum.*to += (counters.*from).load(std::memory_order_relaxed);
    }
    for (std::size_t i = 1; i < h2::kAttacks; ++i) {
      sum.*kByAttack[i] += counters.attacks[i].load(std::memory_order_relaxed);
    }
  }
  return sum;
}

std::string to_string(const ServerStats& stats) {
  std::string lines;
  for (const Named& counter : kNames) {
    lines.append(counter.name).append(" ");
    lines.append(std::to_string(stats.*counter.value)).append("\n");
  }
  return lines;
}

}  // namespace cpp_lite
