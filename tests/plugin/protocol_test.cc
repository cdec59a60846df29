// Requests made by hand: what protoc of today does not send, or not like this.
#include "protocol.h"

#include <google/protobuf/compiler/plugin.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

namespace cpp_lite::plugin {
namespace {

namespace pb = google::protobuf;

pb::FileDescriptorProto store(const std::string& syntax) {
  pb::FileDescriptorProto file;
  file.set_name("store.proto");
  file.set_package("demo");
  file.set_syntax(syntax);
  file.add_message_type()->set_name("Query");
  pb::ServiceDescriptorProto& service = *file.add_service();
  service.set_name("Store");
  pb::MethodDescriptorProto& method = *service.add_method();
  method.set_name("Get");
  method.set_input_type(".demo.Query");
  method.set_output_type(".demo.Query");
  return file;
}

pb::compiler::CodeGeneratorRequest request_for(const pb::FileDescriptorProto& file) {
  pb::compiler::CodeGeneratorRequest request;
  *request.add_proto_file() = file;
  request.add_file_to_generate(file.name());
  return request;
}

pb::compiler::CodeGeneratorResponse answer(const pb::compiler::CodeGeneratorRequest& request) {
  const Answer answer = answer_request(request.SerializeAsString());
  EXPECT_EQ(answer.failure, "");
  pb::compiler::CodeGeneratorResponse response;
  EXPECT_TRUE(response.ParseFromString(answer.response));
  return response;
}

// Of a field that this libprotoc's descriptor of the response may not have.
std::uint64_t later_field(const pb::compiler::CodeGeneratorResponse& response, int number) {
  const auto& fields = response.GetReflection()->GetUnknownFields(response);
  for (int i = 0; i < fields.field_count(); ++i) {
    if (fields.field(i).number() == number) return fields.field(i).varint();
  }
  return 0;
}

TEST(Protocol, PromisesProto3OptionalAndEditions) {
  const auto response = answer(request_for(store("proto3")));
  EXPECT_EQ(response.supported_features(), 3u);
#if GOOGLE_PROTOBUF_VERSION < 5027000
  EXPECT_EQ(later_field(response, 3), 998u);
  EXPECT_EQ(later_field(response, 4), 1001u);
#endif
}

TEST(Protocol, AnswersARequestForNoFile) {
  pb::compiler::CodeGeneratorRequest request;
  EXPECT_EQ(answer(request).file_size(), 0);
  *request.add_proto_file() = store("proto3");
  const auto response = answer(request);
  EXPECT_EQ(response.file_size(), 0);
  EXPECT_FALSE(response.has_error());
}

TEST(Protocol, WritesForEditionsWhatItWritesForProto3) {
  const auto expected = answer(request_for(store("proto3")));
  ASSERT_EQ(expected.file_size(), 2);
  for (const int edition : {1000, 1001}) {  // 2023 and 2024
    pb::FileDescriptorProto file = store("editions");
    constexpr int kEditionField = 14;
    file.GetReflection()->MutableUnknownFields(&file)->AddVarint(
        kEditionField, static_cast<std::uint64_t>(edition));
    const auto response = answer(request_for(file));
    EXPECT_EQ(response.error(), "");
    ASSERT_EQ(response.file_size(), 2);
    EXPECT_EQ(response.file(0).content(), expected.file(0).content());
    EXPECT_EQ(response.file(1).content(), expected.file(1).content());
  }
}

// The source of `file` with the parameter reflection; strings in one piece.
std::string embedding(const pb::FileDescriptorProto& file) {
  auto request = request_for(file);
  request.set_parameter("reflection");
  const auto response = answer(request);
  EXPECT_EQ(response.error(), "");
  static const std::regex kSeam("\"\n *\"");
  return response.file_size() == 2 ? std::regex_replace(response.file(1).content(), kSeam, "") : "";
}

TEST(Protocol, EmbedsNoDescriptorsUnlessTheyAreAskedFor) {
  const std::string name = "store.proto\\022\\004demo";
  EXPECT_NE(embedding(store("proto3")).find(name), std::string::npos);
  EXPECT_EQ(answer(request_for(store("proto3"))).file(1).content().find(name), std::string::npos);
}

// Here, where this libprotoc takes them for proto2.
TEST(Protocol, EmbedsEditionsAsTheyAre) {
  EXPECT_NE(embedding(store("editions")).find("b\\010editions"), std::string::npos);
}

TEST(Protocol, EmbedsNamesForJsonButNeitherPositionsNorComments) {
  pb::FileDescriptorProto file = store("proto3");
  file.mutable_source_code_info()->add_location()->set_leading_comments("a secret");
  for (const char* name : {"first_one", "second_one"}) {
    pb::FieldDescriptorProto& field = *file.mutable_message_type(0)->add_field();
    field.set_name(name);
    field.set_number(file.message_type(0).field_size());
    field.set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
    field.set_type(pb::FieldDescriptorProto::TYPE_INT32);
    field.set_json_name(name[0] == 'f' ? "firstOne" : "other");
  }
  const std::string text = embedding(file);
  EXPECT_EQ(text.find("a secret"), std::string::npos);
  EXPECT_NE(text.find("firstOne"), std::string::npos);
  EXPECT_NE(text.find("other"), std::string::npos);
}

TEST(Protocol, NamesItsFilesAfterTheProto) {
  const auto response = answer(request_for(store("proto3")));
  ASSERT_EQ(response.file_size(), 2);
  EXPECT_EQ(response.file(0).name(), "store.lite.h");
  EXPECT_EQ(response.file(1).name(), "store.lite.cc");
}

TEST(Protocol, PutsABadParameterIntoTheAnswer) {
  auto request = request_for(store("proto3"));
  request.set_parameter("nosuch");
  const auto response = answer(request);
  EXPECT_TRUE(response.error().starts_with("unknown option \"nosuch\" (known: "));
  EXPECT_EQ(response.file_size(), 0);
}

TEST(Protocol, IgnoresEmptyPartsOfTheParameter) {
  auto request = request_for(store("proto3"));
  request.set_parameter(",,keep_empty_files,");
  EXPECT_EQ(answer(request).error(), "");
}

TEST(Protocol, FailsOnAFileThatIsNotInTheRequest) {
  pb::compiler::CodeGeneratorRequest request;
  request.add_file_to_generate("missing.proto");
  EXPECT_NE(answer_request(request.SerializeAsString()).failure, "");
}

TEST(Protocol, FailsOnBytesThatAreNoRequest) {
  EXPECT_NE(answer_request("\xFF\xFF\xFF").failure, "");
}

// An option of someone else's with the number of ours, which is from the range for in-house use.
pb::compiler::CodeGeneratorResponse with_option_of_others(pb::FieldDescriptorProto::Type type,
                                                          const std::string& value) {
  pb::FileDescriptorProto file = store("proto3");
  file.add_dependency("google/protobuf/descriptor.proto");
  pb::FieldDescriptorProto& extension = *file.add_extension();
  extension.set_name("level");
  extension.set_extendee(".google.protobuf.MethodOptions");
  extension.set_number(51234);
  extension.set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
  extension.set_type(type);
  auto& options = *file.mutable_service(0)->mutable_method(0)->mutable_options();
  options.set_idempotency_level(pb::MethodOptions::IDEMPOTENT);
  options.GetReflection()->MutableUnknownFields(&options)->AddLengthDelimited(51234, value);
  auto request = request_for(file);
  auto& descriptor = *request.mutable_proto_file()->Add();
  pb::FileDescriptorProto::descriptor()->file()->CopyTo(&descriptor);
  request.mutable_proto_file()->SwapElements(0, 1);
  return answer(request);
}

TEST(Protocol, LeavesAnOptionOfSomeoneElsesAlone) {
  // In our MethodPolicy the first would be timeout = "x"; the second would be nothing at all.
  for (const std::string value : {"\x0A\x01x", "hello"}) {
    const auto response = with_option_of_others(pb::FieldDescriptorProto::TYPE_STRING, value);
    EXPECT_EQ(response.error(), "") << value;
    ASSERT_EQ(response.file_size(), 2) << value;
    EXPECT_NE(response.file(0).content().find("Safety::idempotent"), std::string::npos);
  }
}

}  // namespace
}  // namespace cpp_lite::plugin
