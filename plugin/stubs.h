// The pieces that the generated header and source have in common: a declaration and its definition
// have to agree.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "model.h"
#include "text.h"

namespace cpp_lite::plugin {

// "Code generated ...", the plugin's version and the .proto's path: the first lines of a file.
std::string banner(const File& file);

// The function of Client, without its parameter list's options: result, name, and the request
// parameter with the comma behind it, which streams of requests do not have.
struct ClientSignature {
  std::string result;   // "::cpp_lite::Future<::cpp_lite::Reply<::p::Response>>"
  std::string request;  // "const ::p::Request& request, " or ""
};
ClientSignature client_signature(const Method& method);

// The virtual function of Handler. Parameter names are there only for readers of the header.
enum class ParameterNames { shown, omitted };
struct HandlerSignature {
  std::string result;
  std::string parameters;
};
HandlerSignature handler_signature(const Method& method, ParameterNames names);

bool has_default_deadline(const Method& method);

// "::std::chrono::milliseconds(30000)", or nanoseconds where those would lose something.
std::string chrono_literal(std::chrono::nanoseconds duration);

// "namespace a::b {" and its end; nothing for the global scope.
std::string open_namespace(const File& file);
std::string close_namespace(const File& file);

std::string_view plugin_version();

}  // namespace cpp_lite::plugin
