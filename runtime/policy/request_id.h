// Ids for requests.
#pragma once

#include <memory>
#include <string>

namespace cpp_lite::policy {

// Makes ids that do not repeat: 32 hexadecimal digits of random bits. Thread-safe.
class RequestIds {
 public:
  RequestIds();
  ~RequestIds();
  std::string next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cpp_lite::policy
