#include "server/router.h"

#include <algorithm>

namespace cpp_lite::server {

void Router::add(Service& service, RunOn run_on) {
  services_.push_back(&service);
  for (const Route& route : service.routes()) {
    if (entries_.try_emplace(route.method->path, Entry{&service, route, run_on}).second) continue;
    problem_ = Status(Code::already_exists,
                      "two services were added that serve " + std::string(route.method->path));
  }
}

const Entry* Router::find(std::string_view path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : &found->second;
}

bool Router::knows_service(std::string_view path) const {
  if (path.empty()) return false;
  const std::string_view name = path.substr(1, path.rfind('/') - 1);
  return std::any_of(services_.begin(), services_.end(),
                     [name](const Service* service) { return service->service_name() == name; });
}

}  // namespace cpp_lite::server
