#include "key_tables.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "initializer.h"
#include "text.h"

namespace cpp_lite::plugin {
namespace {

constexpr std::string_view kFields = R"(
static constexpr ::cpp_lite::detail::FieldShape $name$[] = {  // $message$
  $rows$
};
)";

constexpr std::string_view kShapes = R"(
$fields$
static constexpr ::cpp_lite::detail::MessageShape $name$[] = {
  $rows$
};
)";

constexpr std::string_view kPolicy = R"(
$scope$
$excluded$
static constexpr ::cpp_lite::KeyPolicy $name$ = $policy$;
)";

std::string numbered(std::string name, std::size_t number) {
  return name.append("_").append(std::to_string(number));
}

std::string of_enum(std::string_view type, std::string_view value) {
  return std::string("::cpp_lite::").append(type).append("::").append(value);
}

std::string shape_row(const NamedField& field) {
  constexpr std::string_view kKinds[] = {"varint32", "closed_enum", "varint64",
                                         "boolean",  "fixed32",     "fixed64",
                                         "bytes",    "message",     "group"};
  constexpr std::string_view kPresences[] = {"implicit", "explicitly", "repeated", "map"};
  const detail::FieldShape& shape = field.shape;
  Initializer row;
  row.add(true, "number", std::to_string(shape.number));
  row.add(true, "kind", of_enum("detail::FieldKind", kKinds[static_cast<int>(shape.kind)]));
  row.add(shape.presence != detail::FieldPresence::implicit, "presence",
          of_enum("detail::FieldPresence", kPresences[static_cast<int>(shape.presence)]));
  row.add(shape.oneof != 0, "oneof", std::to_string(shape.oneof));
  row.add(shape.message != 0, "message", std::to_string(shape.message));
  return row.text() + ",  // " + field.name + "\n";
}

// The tables of one request type, the last of which is called `name`.
std::string shape_tables(const Shapes& shapes, const std::string& name) {
  std::string fields, rows;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (shapes[i].fields.empty()) {
      rows += "{},  // " + shapes[i].name + "\n";
      continue;
    }
    std::string lines;
    for (const NamedField& field : shapes[i].fields) lines += shape_row(field);
    const std::string table = numbered(name, i);
    fields += fill(kFields, {{"name", table}, {"message", shapes[i].name}, {"rows", lines}});
    rows += "{" + table + "},\n";
  }
  return fill(kShapes, {{"fields", fields}, {"name", name}, {"rows", rows}});
}

template <typename Items, typename Text>
std::string joined(const Items& items, Text text) {
  std::string all;
  for (const auto& item : items) all += (all.empty() ? "" : ", ") + text(item);
  return all;
}

std::string scope_table(const ServedKey& key, const std::string& name) {
  if (key.scope_metadata.empty()) return "";
  const auto quote = [](const std::string& text) { return "\"" + text + "\""; };
  return "static constexpr ::std::string_view " + name + "[] = {" +
         joined(key.scope_metadata, quote) + "};\n";
}

std::string excluded_tables(const ServedKey& key, const std::string& name) {
  if (key.excluded.empty()) return "";
  const auto digits = [](std::uint32_t number) { return std::to_string(number); };
  std::string text, names;
  for (std::size_t i = 0; i < key.excluded.size(); ++i) {
    const std::string path = numbered(name, i);
    text += "static constexpr ::std::uint32_t " + path + "[] = {" +
            joined(key.excluded[i], digits) + "};\n";
    names += (names.empty() ? "" : ", ") + path;
  }
  return text + "static constexpr ::cpp_lite::detail::FieldPath " + name + "[] = {" + names +
         "};\n";
}

std::string policy_values(const ServedKey& key, std::size_t index, const std::string& shapes) {
  constexpr std::string_view kEffects[] = {"external", "transactional", "downstream_keyed"};
  constexpr std::string_view kFormats[] = {"printable", "uuid", "uuid4"};
  const KeyPolicy& values = key.values;
  const KeyPolicy usual;
  Initializer row;
  row.add(values.effects != usual.effects, "effects",
          of_enum("Effects", kEffects[static_cast<int>(values.effects)]));
  row.add(values.format != usual.format, "format",
          of_enum("KeyFormat", kFormats[static_cast<int>(values.format)]));
  row.flag(values.optional, "optional");
  row.flag(values.rerun, "rerun");
  row.flag(values.reject_in_progress, "reject_in_progress");
  row.flag(values.shared_scope, "shared_scope");
  row.time(values.ttl, "ttl", usual.ttl);
  row.time(values.max_execution, "max_execution", usual.max_execution);
  row.time(values.downstream_ttl, "downstream_ttl");
  row.bits(values.release_on, "release_on");
  row.add(values.max_response_bytes != usual.max_response_bytes, "max_response_bytes",
          std::to_string(values.max_response_bytes) + "U");
  row.add(!key.scope_metadata.empty(), "scope_metadata", numbered("scope", index));
  row.add(true, "shapes", shapes);
  row.add(!key.excluded.empty(), "excluded", numbered("excluded", index));
  return row.text();
}

std::string policy_tables(const ServedKey& key, std::size_t index, const std::string& shapes) {
  return fill(kPolicy, {{"scope", scope_table(key, numbered("scope", index))},
                        {"excluded", excluded_tables(key, numbered("excluded", index))},
                        {"name", numbered("key", index)},
                        {"policy", policy_values(key, index, shapes)}});
}

}  // namespace

bool has_served_keys(const File& file) {
  return std::any_of(file.services.begin(), file.services.end(), [](const Service& service) {
    return std::any_of(service.methods.begin(), service.methods.end(),
                       [](const Method& method) { return method.policy.served_key.has_value(); });
  });
}

std::string key_tables(const Service& service) {
  std::string text;
  std::map<std::string, std::string> names;  // of the tables of a request type
  for (std::size_t i = 0; i < service.methods.size(); ++i) {
    const Method& method = service.methods[i];
    if (!method.policy.served_key) continue;
    const auto [place, added] = names.emplace(method.request, numbered("request", i));
    if (added) text += shape_tables(method.policy.served_key->shapes, place->second);
    text += policy_tables(*method.policy.served_key, i, place->second);
  }
  return text;
}

std::string key_argument(const Method& method, std::size_t index) {
  return method.policy.served_key ? ", &" + numbered("key", index) : "";
}

}  // namespace cpp_lite::plugin
