#include "source.h"

#include "embedded.h"
#include "key_tables.h"
#include "stubs.h"
#include "text.h"

namespace cpp_lite::plugin {
namespace {

constexpr std::string_view kSourceFile = R"(
$banner$

// clang-format off
// NOLINTBEGIN

#include "$stem$.lite.h"
$keyed_header$

#include <cpp_lite/begin_generated.inc>

$open_namespace$
$services$
$close_namespace$

#include <cpp_lite/end_generated.inc>

// NOLINTEND
// clang-format on
)";

constexpr std::string_view kSourceService = R"(
$service$::Client::Client(::std::shared_ptr<::cpp_lite::Channel> channel) : channel_(::std::move(channel)) {}

$calls$
$handlers$
::std::string_view $service$::Handler::service_name() const { return $scope$::full_name; }

::std::span<const ::cpp_lite::Route> $service$::Handler::routes() {
  $routes$
}
$embedded$
)";

constexpr std::string_view kSourceCall = R"(
$result$ $service$::Client::$method$($request$::cpp_lite::Deadline deadline, ::cpp_lite::CallOptions options) {
  return ::cpp_lite::$runtime$(channel_, $entry$, $argument$deadline, ::std::move(options));
}
)";

constexpr std::string_view kSourceCallWithDefault = R"(
$result$ $service$::Client::$method$($request$::cpp_lite::CallOptions options) {
  return ::cpp_lite::$runtime$(channel_, $entry$, $argument$$entry$.default_timeout, ::std::move(options));
}
)";

constexpr std::string_view kSourceHandlerFunction = R"(
$result$ $service$::Handler::$method$($parameters$) {
  return ::cpp_lite::unimplemented($entry$);
}
)";

constexpr std::string_view kRoutes = R"(
$key_tables$
static constexpr ::cpp_lite::Route table[] = {
  $rows$
};
return table;
)";

// An rpc may be called `methods` or as its service, so the table is named in full.
std::string entry(const Service& service, std::size_t index) {
  return service.scope + "::methods[" + std::to_string(index) + "]";
}

// The runtime has to know whether the request holds a key already.
bool is_unary_with_key(const Method& method) { return !method.policy.key.accessor.empty(); }

std::string arguments(const Method& method) {
  if (method.client_streams) return "";
  if (is_unary_with_key(method)) return "request, request." + method.policy.key.accessor + "(), ";
  return "request, ";
}

std::string runtime_function(const Method& method) {
  if (is_unary_with_key(method)) return "unary_with_key<" + method.response + ">";
  if (!method.client_streams) {
    return (method.server_streams ? "server_streaming<" : "unary<") + method.response + ">";
  }
  return (method.server_streams ? "bidi_streaming<" : "client_streaming<") + method.request + ", " +
         method.response + ">";
}

std::string calls(const Service& service, std::size_t index) {
  const Method& method = service.methods[index];
  const auto [result, request] = client_signature(method);
  const Holes holes = {{"result", result},
                       {"service", service.cpp_name},
                       {"method", method.cpp_name},
                       {"request", request},
                       {"runtime", runtime_function(method)},
                       {"entry", entry(service, index)},
                       {"argument", arguments(method)}};
  return (has_default_deadline(method) ? fill(kSourceCallWithDefault, holes) + "\n" : "") +
         fill(kSourceCall, holes) + "\n";
}

std::string handler_function(const Service& service, std::size_t index) {
  const Method& method = service.methods[index];
  const auto [result, parameters] = handler_signature(method, ParameterNames::omitted);
  return fill(kSourceHandlerFunction, {{"result", result},
                                       {"service", service.cpp_name},
                                       {"method", method.cpp_name},
                                       {"parameters", parameters},
                                       {"entry", entry(service, index)}}) +
         "\n";
}

std::string routes(const Service& service) {
  if (service.methods.empty()) return "return {};\n";
  std::string rows;
  for (std::size_t i = 0; i < service.methods.size(); ++i) {
    rows += "::cpp_lite::route<&" + service.scope + "::Handler::" + service.methods[i].cpp_name +
            ">(" + entry(service, i) + key_argument(service.methods[i], i) + "),\n";
  }
  return fill(kRoutes, {{"key_tables", key_tables(service)}, {"rows", rows}});
}

std::string service_text(const File& file, const Service& service) {
  std::string client;
  std::string handler;
  for (std::size_t i = 0; i < service.methods.size(); ++i) {
    client += calls(service, i);
    handler += handler_function(service, i);
  }
  return fill(kSourceService, {{"service", service.cpp_name},
                               {"scope", service.scope},
                               {"calls", client},
                               {"handlers", handler},
                               {"routes", routes(service)},
                               {"embedded", embedded_definition(file, service)}});
}

}  // namespace

std::string make_source(const File& file) {
  std::string services;
  for (const Service& service : file.services) {
    if (!services.empty()) services += "\n";
    services += service_text(file, service);
  }
  return fill(kSourceFile,
              {{"banner", banner(file)},
               {"stem", file.stem},
               {"keyed_header", has_served_keys(file) ? "#include <cpp_lite/keyed.h>" : ""},
               {"open_namespace", services.empty() ? "" : open_namespace(file)},
               {"services", services},
               {"close_namespace", services.empty() ? "" : close_namespace(file)}});
}

}  // namespace cpp_lite::plugin
