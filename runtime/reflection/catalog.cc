#include "reflection/catalog.h"

#include <algorithm>
#include <utility>

#include "reflection/descriptor.h"

namespace cpp_lite::reflection {

void Catalog::fill(std::span<Service* const> services) {
  for (const Service* service : services) {
    services_.push_back(service->service_name());
    for (const std::string_view bytes : service->embedded_files()) add(bytes);
  }
  std::sort(services_.begin(), services_.end());
}

// Services bring their imports along, so that most files come more than once.
void Catalog::add(std::string_view bytes) {
  FileContents contents = read_file(bytes);
  const File file = files_.size();
  if (!by_name_.try_emplace(contents.name, file).second) return;
  files_.push_back({bytes, std::move(contents.dependencies)});
  for (std::string& symbol : contents.symbols) by_symbol_.try_emplace(std::move(symbol), file);
  for (std::string& message : contents.messages) extensions_.try_emplace(std::move(message));
  for (Extension& extension : contents.extensions) {
    extensions_[std::move(extension.extendee)].try_emplace(extension.number, file);
  }
}

std::optional<Catalog::File> Catalog::named(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

std::optional<Catalog::File> Catalog::declaring(const std::string& symbol) const {
  const auto found = by_symbol_.find(symbol);
  if (found == by_symbol_.end()) return std::nullopt;
  return found->second;
}

std::optional<Catalog::File> Catalog::extending(const std::string& type,
                                                std::int32_t number) const {
  const auto extended = extensions_.find(type);
  if (extended == extensions_.end()) return std::nullopt;
  const auto found = extended->second.find(number);
  if (found == extended->second.end()) return std::nullopt;
  return found->second;
}

std::optional<std::vector<std::int32_t>> Catalog::extensions_of(const std::string& type) const {
  const auto extended = extensions_.find(type);
  if (extended == extensions_.end()) return std::nullopt;
  std::vector<std::int32_t> numbers;
  for (const auto& [number, file] : extended->second) numbers.push_back(number);
  return numbers;
}

std::vector<std::string_view> Catalog::with_imports(File file, Given& given) const {
  given.resize(files_.size());
  given[file] = true;
  std::vector<File> found = {file};
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Entry& entry = files_[found[i]];
    bytes.push_back(entry.bytes);
    for (const std::string_view name : entry.dependencies) {
      const std::optional<File> next = named(name);
      if (!next || given[*next]) continue;
      given[*next] = true;
      found.push_back(*next);
    }
  }
  return bytes;
}

}  // namespace cpp_lite::reflection
