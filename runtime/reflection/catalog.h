// What a server can tell of its services: names, files, and which file declares what. Filled once,
// then read by all loops.
#pragma once

#include <cpp_lite/handler.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cpp_lite::reflection {

class Catalog {
 public:
  using File = std::size_t;  // an index

  void fill(std::span<Service* const> services);

  const std::vector<std::string_view>& services() const { return services_; }  // sorted
  // Nothing: there is none.
  std::optional<File> named(std::string_view name) const;
  std::optional<File> declaring(const std::string& symbol) const;
  std::optional<File> extending(const std::string& type, std::int32_t number) const;
  // Nothing: there is no such message.
  std::optional<std::vector<std::int32_t>> extensions_of(const std::string& type) const;

  // Which files one stream was given.
  using Given = std::vector<bool>;
  // The file, serialized, and what it imports that was not given yet, but is from now on.
  std::vector<std::string_view> with_imports(File file, Given& given) const;

 private:
  struct Entry {
    std::string_view bytes;
    std::vector<std::string_view> dependencies;
  };
  void add(std::string_view bytes);

  std::vector<std::string_view> services_;
  std::vector<Entry> files_;
  std::unordered_map<std::string_view, File> by_name_;
  std::unordered_map<std::string, File> by_symbol_;
  // Of each message type; that of an extension may be in a file that nobody has.
  std::unordered_map<std::string, std::map<std::int32_t, File>> extensions_;
};

}  // namespace cpp_lite::reflection
