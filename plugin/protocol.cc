#include "protocol.h"

#include <google/protobuf/compiler/plugin.h>
#include <google/protobuf/compiler/plugin.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include "generator.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

#if GOOGLE_PROTOBUF_VERSION < 5027000

// Editions change how fields are encoded and which C++ they get. Names of services, methods and
// messages are the same as in proto2, and those are all that is used here.
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

}  // namespace

Answer answer_request(const std::string& request_bytes) {
  pb::compiler::CodeGeneratorRequest request;
  if (!request.ParseFromString(request_bytes)) {
    return {"",
            "standard input holds no CodeGeneratorRequest (or a .proto has an option of its own "
            "with the number 51234, which cpp_lite/options.proto uses)",
            ""};
  }
  hide_editions(request);
  pb::compiler::CodeGeneratorResponse response;
  std::string error;
  std::string warnings;
  if (!pb::compiler::GenerateCode(request, Generator(warnings), &response, &error)) {
    return {"", error.empty() ? "the request's descriptors do not fit together" : error, ""};
  }
  promise_editions(response);
  return {response.SerializeAsString(), "", warnings};
}

}  // namespace cpp_lite::plugin
