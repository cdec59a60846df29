#include "constructs.h"

namespace cpp_lite::plugin {
namespace {

// 1
constexpr const char* kNoPackage = R"(syntax = "proto3";
message NoPackageQuery {}
service NoPackage { rpc First(NoPackageQuery) returns (NoPackageQuery); }
)";

// 3: a package that repeats another
constexpr const char* kOuter = R"(syntax = "proto3";
package a.b;
message Req {}
)";
constexpr const char* kNested = R"(syntax = "proto3";
package a.b.a.b;
import "a/b/outer.proto";
message Req {}
service S {
  rpc Inner(Req) returns (.a.b.Req);
  rpc Outer(.a.b.Req) returns (Req);
}
)";

// 4, 5, 6, 12: google.protobuf inside a package, and messages that shadow packages
constexpr const char* kShadow = R"(syntax = "proto3";
package shadow.google.protobuf;
import "google/protobuf/any.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
message shadow {}
message google {}
message cpp_lite {}
message Status {}
message Future {}
message Any {}
service S {
  rpc Real(.google.protobuf.Any) returns (.google.protobuf.Empty);
  rpc Own(Any) returns (shadow);
  rpc Time(.google.protobuf.Timestamp) returns (.google.protobuf.Struct);
  rpc Wrapped(stream .google.protobuf.StringValue) returns (stream .google.protobuf.BoolValue);
  rpc Shadows(google) returns (cpp_lite);
  rpc Vocabulary(Status) returns (stream Future);
}
)";

// 7, 13: the same short name in two packages; a type that comes through a public import
constexpr const char* kBase = R"(syntax = "proto3";
package base;
message Req {}
)";
constexpr const char* kPublic = R"(syntax = "proto3";
package middle;
import public "base.proto";
message Req {}
)";
constexpr const char* kImports = R"(syntax = "proto3";
package things.imports;
import "public.proto";
message Req {}
service S {
  rpc A(base.Req) returns (middle.Req);
  rpc B(Req) returns (base.Req);
}
)";

// 8 to 11, 14, 16, 17, 20, 38
constexpr const char* kNames = R"(syntax = "proto2";
package things.names;
message Outer {
  message Inner { message Deep {} }
  message class { message new {} }
  enum Kind { ONE = 1; }
}
message delete { required int32 id = 1; }
message Query {
  optional group Result = 1 { optional int32 id = 1; }
  extensions 100 to 200;
}
extend Query { optional int32 extra = 100; }
service Outer_Inner { rpc Get(Outer.Inner.Deep) returns (Outer.class); }
service Outer_Kind { rpc Get(Outer.class.new) returns (delete); }
service Outer_Kind_Name { rpc Get(Query.Result) returns (Query); }
service kExtraFieldNumber { rpc Get(Query) returns (Query); }
service Echo {
  rpc Echo(things.names.Query) returns (things.names.Query);
  rpc Query(things.names.Query) returns (stream things.names.Query);
}
service Pair {
  rpc delete(Query) returns (Query);
  rpc delete_(Query) returns (Query);
}
)";

// 32: services whose names other generators derive
constexpr const char* kDerived = R"(syntax = "proto3";
package things.derived;
message EchoClient {}
message MockEcho {}
service Echo { rpc Get(EchoClient) returns (MockEcho); }
service Foo { rpc Get(EchoClient) returns (MockEcho); }
service FooClient { rpc Get(EchoClient) returns (MockEcho); }
service FooServer { rpc Get(EchoClient) returns (MockEcho); }
service FooHandler { rpc Get(EchoClient) returns (MockEcho); }
service FooService { rpc Get(EchoClient) returns (MockEcho); }
service FooStub { rpc Get(EchoClient) returns (MockEcho); }
service foo { rpc Get(EchoClient) returns (MockEcho); }
service FOO { rpc Get(EchoClient) returns (MockEcho); }
)";

// 35, 36, 37, 40, 41, 42: kinds of calls and options, ours and those of others
constexpr const char* kOptions = R"(syntax = "proto3";
package things.options;
import "cpp_lite/options.proto";
import "google/protobuf/descriptor.proto";
option deprecated = true;
message Rule { string text = 1; repeated int32 numbers = 2; }
extend google.protobuf.FileOptions { Rule file_rule = 50001; }
extend google.protobuf.ServiceOptions { Rule service_rule = 50002; }
extend google.protobuf.MethodOptions { Rule method_rule = 50003; }
option (file_rule) = { text: "quoted \"text\" \\ */ // ??/" numbers: [ 1, 2 ] };
message Q { optional string text = 1; }
message P { option deprecated = true; }
service Empty {}
service Fresh {
  option (service_rule).text = "x";
  rpc Unary(Q) returns (P) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Server(Q) returns (stream P) { option idempotency_level = IDEMPOTENT; }
  rpc Client(stream Q) returns (P) { option (method_rule) = { text: "\n\"" }; }
  rpc Bidi(stream Q) returns (stream P);
  rpc Old(Q) returns (Q) { option deprecated = true; }
  rpc Timed(Q) returns (Q) { option (cpp_lite.method).timeout = "1.5s"; }
  rpc OldTimed(Q) returns (stream Q) {
    option deprecated = true;
    option (cpp_lite.method).stream = { max_duration: "unbounded" idle_timeout: "0.0000001s" };
  }
  rpc Longest(Q) returns (Q) { option (cpp_lite.method).timeout = "315576000000s"; }
}
service Stale {
  option deprecated = true;
  rpc Unary(Q) returns (P);
  rpc Server(Q) returns (stream P);
  rpc Client(stream Q) returns (P);
  rpc Bidi(stream Q) returns (stream P);
  rpc Old(Q) returns (Q) { option deprecated = true; }
}
)";

// 39
constexpr const char* kLite = R"(syntax = "proto2";
package things.lite;
option optimize_for = LITE_RUNTIME;
message Q { required int32 id = 1; }
service S {
  rpc Unary(Q) returns (Q);
  rpc Server(Q) returns (stream Q);
  rpc Client(stream Q) returns (Q);
  rpc Bidi(stream Q) returns (stream Q);
}
)";

// 44 to 48
const std::string kComments =
    "// Licence \\\n"
    "/* block \\ */\n"
    "// @@protoc_insertion_point(includes)\n"
    "syntax = \"proto3\";\n"
    "// \xE4\xB8\x96\xE7\x95\x8C \?\?/\n"
    "package things.comments;\n"
    "message Q {}\n"
    "// detached \\ \t\n"
    "\n"
    "/* */\n"
    "service S { // brace */ \\\n"
    "  // ends \\\n"
    "  rpc Backslash(Q) returns (Q); // trailing \\\n"
    "  // /* open $x$ {} )\" #define Q int \?\?/\n"
    "  // NOLINTEND\n"
    "  rpc Words(Q) returns (Q);\n"
    "  // \xE2\x80\xAE\xE2\x81\xA6 bidi \xE2\x80\x8B zero \xE2\x80\xA8 line \xC2\x85 nel \x01\x7F\n"
    "  rpc Controls(Q) returns (Q) { // inside \\\n"
    "  }\n"
    "}\n";

// 49, 50: odd file names, and two that differ in one byte
constexpr const char* kOddFile = R"(syntax = "proto3";
package things.odd;
message OddQ {}
service Odd { rpc Get(OddQ) returns (OddQ); }
)";
constexpr const char* kDashFile = R"(syntax = "proto3";
package things.odd;
message DashQ {}
service Dash { rpc Get(DashQ) returns (DashQ); }
)";
constexpr const char* kUnderscoreFile = R"(syntax = "proto3";
package things.odd;
message UnderscoreQ {}
service Underscore { rpc Get(UnderscoreQ) returns (UnderscoreQ); }
)";

// 51
constexpr const char* kMessages = R"(syntax = "proto3";
package things.messages;
message Only {}
)";

// 18, 19, 21 to 31: names of methods
constexpr const char* kMethodNames[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break",
    "case", "catch", "char", "char8_t", "char16_t", "char32_t", "class", "co_await", "co_return",
    "co_yield", "compl", "concept", "const", "const_cast", "consteval", "constexpr", "constinit",
    "continue", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
    "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline",
    "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr",
    "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast",
    "requires", "return", "short", "signed", "sizeof", "static", "static_assert", "static_cast",
    "struct", "switch", "template", "this", "thread_local", "throw", "true", "try", "typedef",
    "typeid", "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "wchar_t",
    "while", "xor", "xor_eq",
    // contextual words, and those of the proto language
    "final", "override", "import", "module", "stream", "rpc", "returns", "service", "option",
    // macros
    "errno", "assert", "NULL", "EOF", "BUFSIZ", "stdin", "stdout", "stderr", "offsetof", "setjmp",
    "va_start", "va_end", "va_arg", "va_copy", "INFINITY", "NAN", "TRUE", "FALSE", "DOMAIN",
    "OVERFLOW", "UNDERFLOW", "SING", "PLOSS", "TLOSS", "major", "minor", "makedev", "linux", "unix",
    "i386", "__LINE__", "__FILE__", "__cplusplus", "_Atomic", "ERROR", "DELETE", "GetMessage",
    "min", "max", "CreateFile", "IN", "OUT",
    // members, bases, parameters and locals that generated code has or might have
    "Client", "Server", "Stub", "StubInterface", "Service", "Handler", "Call", "New", "NewStub",
    "Register", "Close", "name", "full_name", "service_name", "methods", "routes", "request",
    "response", "context", "ctx", "deadline", "options", "channel", "channel_", "in", "out",
    "table", "impl_", "T", "self", "std", "google", "cpp_lite", "things", "words", "Words", "move",
    "unary", "Future", "Result", "Reply", "Status", "Route", "Method", "route", "unimplemented",
    "size_t",
    // near misses and odd shapes
    "Get", "get", "GET", "GetFooBar", "get_foo_bar", "getFooBar", "AsyncGet", "PrepareAsyncGet",
    "AsyncGetRaw", "GetAsync", "GetStream", "_", "_Get", "Get_", "a__b", "delete_", "errno_"};

// 33: names of services, each with a method of its own name
constexpr const char* kServiceNames[] = {
    "Client",   "Handler",  "Service",      "Stub",   "full_name", "methods", "std",
    "google",   "cpp_lite", "class",        "NULL",   "swap",      "Message", "Channel",
    "Future",   "Route",    "Method",       "Status", "string",    "linux",   "errno",
    "requires", "routes",   "service_name", "things", "services",  "Client_"};

std::string words() {
  std::string text =
      "syntax = \"proto3\";\npackage things.words;\nmessage Query {}\nservice Words {\n";
  for (const char* name : kMethodNames) {
    text += "  rpc " + std::string(name) + "(Query) returns (Query);\n";
  }
  return text + "}\n";
}

std::string services() {
  std::string text = "syntax = \"proto3\";\npackage things.services;\nmessage Query {}\n";
  for (const std::string name : kServiceNames) {
    text += "service " + name + " {\n  rpc " + name + "(Query) returns (Query);\n";
    text += "  rpc Watch(Query) returns (stream Query);\n}\n";
  }
  return text;
}

// Of the same package as words() of services, to be read after their classes.
constexpr const char* kLater = R"(syntax = "proto3";
package things.services;
message Later { string text = 1; map<string, string> labels = 2; }
service LaterService { rpc Get(Later) returns (Later); }
)";

// Keyed methods of the names of the tables that they need
constexpr const char* kKeyed = R"(syntax = "proto3";
package things.keyed;
import "cpp_lite/options.proto";
import "google/protobuf/struct.proto";
message FieldShape {
  string k = 1;
  FieldShape inner = 2;
  google.protobuf.Struct any = 3;
  map<string, FieldShape> by = 4;
}
service detail {
  rpc key_0(FieldShape) returns (FieldShape) {
    option (cpp_lite.method).idempotency = {
      key_field: "k" scope_metadata: "t" fingerprint_exclude: "inner.any"
    };
  }
  rpc table(FieldShape) returns (FieldShape) {
    option (cpp_lite.method).idempotency.key_field = "k";
  }
  rpc request_0(FieldShape) returns (FieldShape) {
    option (cpp_lite.method).idempotency.key_field = "k";
  }
  rpc scope_0(stream FieldShape) returns (FieldShape);
  rpc excluded_0(FieldShape) returns (stream FieldShape);
  rpc KeyPolicy(google.protobuf.Struct) returns (FieldShape) {
    option (cpp_lite.method).idempotency.metadata_key = "k";
  }
}
)";

}  // namespace

const std::vector<std::pair<std::string, std::string>>& construct_protos() {
  static const std::vector<std::pair<std::string, std::string>> protos = {
      {"no_package.proto", kNoPackage},
      {"a/b/outer.proto", kOuter},
      {"a/b/a/b/nested.proto", kNested},
      {"shadow.proto", kShadow},
      {"base.proto", kBase},
      {"public.proto", kPublic},
      {"imports.proto", kImports},
      {"names.proto", kNames},
      {"words.proto", words()},
      {"services.proto", services()},
      {"later.proto", kLater},
      {"derived.proto", kDerived},
      {"options.proto", kOptions},
      {"lite.proto", kLite},
      {"keyed.proto", kKeyed},
      {"comments.proto", kComments},
      {"odd-dir.v1/odd-file.name.v1.proto", kOddFile},
      {"one-file.proto", kDashFile},
      {"one_file.proto", kUnderscoreFile},
      {"messages.proto", kMessages}};
  return protos;
}

}  // namespace cpp_lite::plugin
