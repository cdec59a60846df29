#include <cpp_lite/metadata.h>
#include <cpp_lite/reserved_keys.h>

#include <algorithm>

namespace cpp_lite {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

// `key` is in lower case already.
bool same_key(std::string_view key, std::string_view wanted) {
  return std::equal(key.begin(), key.end(), wanted.begin(), wanted.end(),
                    [](char a, char b) { return a == lower(b); });
}

bool key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

bool printable(char c) { return c >= ' ' && c <= '~'; }

}  // namespace

Metadata::Metadata(Field first, Field second, Field third, Field fourth, Field fifth, Field sixth,
                   Field seventh, Field eighth) {
  add(first.key, first.value);
  for (const Field* rest : {&second, &third, &fourth, &fifth, &sixth, &seventh, &eighth}) {
    if (rest->given()) add(rest->key, rest->value);
  }
}

void Metadata::add(std::string_view key, std::string_view value) {
  entries_.push_back({lower(key), std::string(value)});
}

void Metadata::set(std::string_view key, std::string_view value) {
  Entry entry{lower(key), std::string(value)};  // before erase: the views may point into an entry
  erase(entry.key);
  entries_.push_back(std::move(entry));
}

std::size_t Metadata::erase(std::string_view key) {
  const std::string wanted = lower(key);
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.key == wanted; });
}

std::optional<std::string_view> Metadata::get(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (same_key(entry.key, key)) return entry.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Metadata::get_all(std::string_view key) const {
  std::vector<std::string_view> values;
  for (const Entry& entry : entries_) {
    if (same_key(entry.key, key)) values.push_back(entry.value);
  }
  return values;
}

bool Metadata::is_reserved(std::string_view key) { return detail::is_reserved_key(key); }

std::optional<std::string> Metadata::invalid() const {
  for (const Entry& entry : entries_) {
    if (entry.key.empty()) return "a metadata key is empty";
    if (is_reserved(entry.key)) {
      return "metadata key \"" + entry.key + "\" is reserved for gRPC, HTTP and this library";
    }
    if (!std::all_of(entry.key.begin(), entry.key.end(), key_char)) {
      return "metadata key \"" + entry.key + "\" has a character other than 0-9 a-z _ - .";
    }
    if (!entry.key.ends_with("-bin") &&
        !std::all_of(entry.value.begin(), entry.value.end(), printable)) {
      return "the value of metadata key \"" + entry.key +
             "\" is not printable ASCII; keys that end in -bin carry any bytes";
    }
  }
  return std::nullopt;
}

}  // namespace cpp_lite
