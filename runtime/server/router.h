// Which function serves which path. Filled once, then read by all loops.
#pragma once

#include <cpp_lite/server.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cpp_lite::server {

struct Entry {
  Service* service = nullptr;
  Route route{};
  RunOn run_on = RunOn::loop;
};

class Router {
 public:
  // Paths that are there already are remembered as an error for check().
  void add(Service& service, RunOn run_on);
  // What makes the server unfit to listen; OK when nothing does.
  const Status& check() const { return problem_; }

  // Null: nobody serves that path.
  const Entry* find(std::string_view path) const;
  const std::unordered_map<std::string_view, Entry>& entries() const { return entries_; }
  // For "/package.Service/Method": whether any method of that service is served.
  bool knows_service(std::string_view path) const;
  const std::vector<Service*>& services() const { return services_; }  // as they were added

 private:
  std::unordered_map<std::string_view, Entry> entries_;  // keys live in generated code
  std::vector<Service*> services_;
  Status problem_;
};

}  // namespace cpp_lite::server
