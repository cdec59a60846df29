#include "redis/health.h"

#include <string>
#include <string_view>

namespace cpp_lite::redis {
namespace {

Status refused(const Connection& connection, std::string_view why) {
  return {Code::failed_precondition, connection.failure(why).message()};
}

// Of INFO's answer: lines "name:value".
std::string_view line_of(std::string_view info, const std::string& name) {
  const std::string begin = "\n" + name + ":";
  const std::size_t at = info.find(begin);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = info.substr(at + begin.size());
  return rest.substr(0, rest.find_first_of("\r\n"));
}

Status check_persistence(Connection& connection, std::string_view info) {
  constexpr std::string_view kWaysOut =
      "set it, or set RedisStoreOptions::require_persistence to false if the store may forget "
      "every key when the server is killed";
  if (line_of(info, "aof_enabled") != "1") {
    return refused(connection, "its appendonly is not yes: " + std::string(kWaysOut));
  }
  connection.send({"CONFIG", "GET", "appendfsync"});
  const Result<Answer> answer = connection.receive();
  if (!answer.ok()) return answer.status();
  const std::string_view found = answer->value()[1].text();
  if (found == "always") return {};
  return refused(connection, "its appendfsync is " +
                                 (found.empty() ? "not to be seen" : std::string(found)) +
                                 ", not always: " + std::string(kWaysOut));
}

}  // namespace

Status check_server(Connection& connection, bool require_persistence) {
  const Result<Answer> answer = connection.ask({"INFO"});
  if (!answer.ok()) return answer.status();
  const std::string_view info = answer->value().text();
  if (line_of(info, "role") == "slave") return refused(connection, "it is a replica");
  const std::string_view policy = line_of(info, "maxmemory_policy");
  if (policy != "noeviction") {
    return refused(connection, "its maxmemory-policy is " + std::string(policy) +
                                   ": it may evict keys, and what was evicted is executed again; "
                                   "set maxmemory-policy noeviction");
  }
  return require_persistence ? check_persistence(connection, info) : Status();
}

}  // namespace cpp_lite::redis
