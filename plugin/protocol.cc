#include "protocol.h"

#include <google/protobuf/compiler/plugin.h>
#include <google/protobuf/compiler/plugin.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "embedded.h"
#include "generator.h"
#include "options.h"
#include "parameters.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

#if GOOGLE_PROTOBUF_VERSION < 5027000

// Editions change how fields are encoded and which C++ they get. Names of services, methods and
// messages are the same as in proto2. So are the shapes of keyed requests, near enough: what an
// edition makes implicit, open or delimited counts as explicit, closed or unknown, and the server
// then takes two spellings of one request for two requests, but never two requests for one.
void hide_editions(pb::compiler::CodeGeneratorRequest& request) {
  for (pb::FileDescriptorProto& file : *request.mutable_proto_file()) {
    if (file.syntax() == "editions") file.set_syntax("proto2");
  }
}

// Fields that the descriptor of this libprotoc's CodeGeneratorResponse does not have yet.
void promise_editions(pb::compiler::CodeGeneratorResponse& response) {
  constexpr std::uint64_t kSupportsEditions = 2;
  constexpr int kMinimumEditionField = 3, kMaximumEditionField = 4;
  constexpr int kProto2 = 998, k2024 = 1001;
  response.set_supported_features(response.supported_features() | kSupportsEditions);
  pb::UnknownFieldSet& later = *response.GetReflection()->MutableUnknownFields(&response);
  later.AddVarint(kMinimumEditionField, kProto2);
  later.AddVarint(kMaximumEditionField, k2024);
}

#else

void hide_editions(pb::compiler::CodeGeneratorRequest&) {}
void promise_editions(pb::compiler::CodeGeneratorResponse&) {}

#endif

// Options of ours stay bytes, because another's may have their number and be of another type.
bool parse(const std::string& bytes, pb::compiler::CodeGeneratorRequest& request) {
  static const pb::DescriptorPool* const no_extensions = new pb::DescriptorPool;
  pb::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                              static_cast<int>(bytes.size()));
  in.SetExtensionRegistry(no_extensions, pb::MessageFactory::generated_factory());
  return request.ParseFromCodedStream(&in) && in.ConsumedEntireMessage();
}

// Whose option has our number, of those for this kind of element: "cpp_lite.method", if it is ours.
template <typename Scope>
void find_owners(const Scope& scope, const std::string& name,
                 std::map<std::string, std::string>& owners) {
  for (const pb::FieldDescriptorProto& extension : scope.extension()) {
    if (extension.number() != kExtensionNumber) continue;
    owners[extension.extendee()] = name + "." + extension.name();
  }
}

void find_owners(const pb::DescriptorProto& message, const std::string& name,
                 std::map<std::string, std::string>& owners) {
  find_owners<pb::DescriptorProto>(message, name, owners);
  for (const pb::DescriptorProto& nested : message.nested_type()) {
    find_owners(nested, name + "." + nested.name(), owners);
  }
}

template <typename Options>
void drop(Options* options) {
  options->GetReflection()->MutableUnknownFields(options)->DeleteByNumber(kExtensionNumber);
}

// What is not ours goes, so that nobody takes it for ours.
void drop_options_of_others(pb::compiler::CodeGeneratorRequest& request) {
  std::map<std::string, std::string> owners;
  for (const pb::FileDescriptorProto& file : request.proto_file()) {
    find_owners<pb::FileDescriptorProto>(file, file.package(), owners);
    for (const pb::DescriptorProto& message : file.message_type()) {
      find_owners(message, file.package() + "." + message.name(), owners);
    }
  }
  const auto is_another = [&](const char* extendee, const char* ours) {
    const auto owner = owners.find(extendee);
    return owner != owners.end() && owner->second != ours;
  };
  const bool files = is_another(".google.protobuf.FileOptions", "cpp_lite.file");
  const bool services = is_another(".google.protobuf.ServiceOptions", "cpp_lite.service");
  const bool methods = is_another(".google.protobuf.MethodOptions", "cpp_lite.method");
  for (pb::FileDescriptorProto& file : *request.mutable_proto_file()) {
    if (files && file.has_options()) drop(file.mutable_options());
    for (pb::ServiceDescriptorProto& service : *file.mutable_service()) {
      if (services && service.has_options()) drop(service.mutable_options());
      for (pb::MethodDescriptorProto& method : *service.mutable_method()) {
        if (methods && method.has_options()) drop(method.mutable_options());
      }
    }
  }
}

}  // namespace

Answer answer_request(const std::string& request_bytes) {
  pb::compiler::CodeGeneratorRequest request;
  if (!parse(request_bytes, request)) {
    return {"", "standard input holds no CodeGeneratorRequest", ""};
  }
  OriginalFiles originals;
  if (parse_parameters(request.parameter()).value.reflection) originals = original_files(request);
  drop_options_of_others(request);
  hide_editions(request);
  pb::compiler::CodeGeneratorResponse response;
  std::string error;
  std::string warnings;
  if (!pb::compiler::GenerateCode(request, Generator(warnings, std::move(originals)), &response,
                                  &error)) {
    return {"", error.empty() ? "the request's descriptors do not fit together" : error, ""};
  }
  promise_editions(response);
  return {response.SerializeAsString(), "", warnings};
}

}  // namespace cpp_lite::plugin
