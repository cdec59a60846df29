// grpc.reflection as tools see it, for code over the lite runtime.
#include <cpp_lite/reflection.h>
#include <cpp_lite/testing.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "echo.lite.h"
#include "grpc/reflection/v1/reflection.lite.h"
#include "grpc/reflection/v1alpha/reflection.lite.h"
#include "reflection/descriptor.h"
#include "shapes.lite.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;
namespace pb = ::google::protobuf;
namespace reflection_v1 = ::grpc::reflection::v1;
namespace reflection_v1alpha = ::grpc::reflection::v1alpha;
using Strings = std::vector<std::string>;

class ReflectionTest : public ::testing::Test {
 protected:
  using Request = reflection_v1::ServerReflectionRequest;
  using Response = reflection_v1::ServerReflectionResponse;

  // One question on the stream of this test.
  Response ask(const Request& request) {
    EXPECT_TRUE(stream.write(request).get());
    std::optional<Response> response = stream.read().get();
    EXPECT_TRUE(response);
    return response ? *response : Response();
  }
  static Request file(const std::string& name) {
    Request request;
    request.set_file_by_filename(name);
    return request;
  }
  static Request symbol(const std::string& name) {
    Request request;
    request.set_file_containing_symbol(name);
    return request;
  }
  static Request extension(const std::string& type, std::int32_t number) {
    Request request;
    request.mutable_file_containing_extension()->set_containing_type(type);
    request.mutable_file_containing_extension()->set_extension_number(number);
    return request;
  }
  static Request extensions(const std::string& type) {
    Request request;
    request.set_all_extension_numbers_of_type(type);
    return request;
  }

  static std::vector<pb::FileDescriptorProto> files(const Response& response) {
    std::vector<pb::FileDescriptorProto> files;
    for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
      EXPECT_TRUE(files.emplace_back().ParseFromString(bytes));
    }
    return files;
  }
  static Strings names(const Response& response) {
    Strings names;
    for (const auto& file : files(response)) names.push_back(file.name());
    return names;
  }
  static Code error(const Response& response) {
    return static_cast<Code>(response.error_response().error_code());
  }

  ::shapes::Shapes::Handler shapes;
  ::shapes::MoreShapes::Handler more;
  e2e::Echo::Handler echo;  // generated without descriptors
  Server server{{.log = {}}};
  const bool complete = [this] {  // before anybody calls
    server.add(shapes).add(more).add(echo);
    add_reflection(server);
    return true;
  }();
  std::shared_ptr<Channel> channel = testing::in_process(server);
  ReadWriteStream<Request, Response> stream =
      reflection_v1::ServerReflection::Client(channel).ServerReflectionInfo(1min);
};

const Strings kAllFiles = {"shapes.proto", "base.proto", "cpp_lite/options.proto",
                           "google/protobuf/descriptor.proto"};

TEST_F(ReflectionTest, ListsAllServicesWithTheirDescriptorsOrWithout) {
  Request request;
  request.set_list_services("");
  Strings services;
  const Response response = ask(request);
  for (const auto& service : response.list_services_response().service()) {
    services.push_back(service.name());
  }
  EXPECT_EQ(services, (Strings{"e2e.Echo", "grpc.reflection.v1.ServerReflection",
                               "grpc.reflection.v1alpha.ServerReflection", "shapes.MoreShapes",
                               "shapes.Shapes"}));
  EXPECT_EQ(error(ask(symbol("e2e.Echo"))), Code::not_found);
}

TEST_F(ReflectionTest, FindsTheFileOfEachKindOfSymbol) {
  for (const char* name : {"shapes.Shapes", "shapes.Shapes.Draw", "shapes.MoreShapes.Draw",
                           "shapes.Shape", "shapes.Shape.Circle", "shapes.Shape.Circle.line_width",
                           "shapes.Shape.form", "shapes.Shape.Color", "shapes.Shape.RED",
                           "shapes.Shape.of_shape", "shapes.Size", "shapes.SMALL", "shapes.note"}) {
    const Strings found = names(ask(symbol(name)));
    ASSERT_FALSE(found.empty()) << name;
    EXPECT_EQ(found.front(), "shapes.proto") << name;
  }
  EXPECT_EQ(names(ask(symbol("shapes.base.Extendable"))), Strings{"base.proto"});
  EXPECT_EQ(names(ask(symbol("grpc.reflection.v1.ServerReflection"))),
            Strings{"grpc/reflection/v1/reflection.proto"});
}

TEST_F(ReflectionTest, GivesFilesOfWhichServicesCanBeBuilt) {
  pb::SimpleDescriptorDatabase database;
  const auto given = files(ask(symbol("shapes.Shapes")));
  for (const auto& file : given) {
    EXPECT_FALSE(file.has_source_code_info());
    ASSERT_TRUE(database.Add(file)) << file.name();
  }
  pb::DescriptorPool pool(&database);
  const auto* service = pool.FindServiceByName("shapes.Shapes");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->method(0)->input_type()->full_name(), "shapes.Shape");
  EXPECT_NE(service->method(0)->options().SerializeAsString().find("2s"), std::string::npos);
  const auto* circle = pool.FindMessageTypeByName("shapes.Shape.Circle");
  ASSERT_NE(circle, nullptr);
  EXPECT_EQ(circle->field(0)->json_name(), "radius");
  EXPECT_EQ(circle->field(1)->json_name(), "lineWidth");
}

TEST_F(ReflectionTest, GivesAFileThatWasAskedForAndNoImportTwice) {
  EXPECT_EQ(names(ask(file("shapes.proto"))), kAllFiles);
  EXPECT_EQ(names(ask(file("shapes.proto"))), Strings{"shapes.proto"});
  EXPECT_EQ(names(ask(symbol("shapes.base.Extendable"))), Strings{"base.proto"});
  auto another = reflection_v1::ServerReflection::Client(channel).ServerReflectionInfo(1min);
  std::swap(stream, another);
  EXPECT_EQ(names(ask(file("shapes.proto"))), kAllFiles);
}

TEST_F(ReflectionTest, FindsExtensions) {
  EXPECT_EQ(names(ask(extension("shapes.base.Extendable", 100))).front(), "shapes.proto");
  EXPECT_EQ(names(ask(extension("shapes.base.Extendable", 101))), Strings{"shapes.proto"});
  EXPECT_EQ(error(ask(extension("shapes.base.Extendable", 102))), Code::not_found);
  EXPECT_EQ(error(ask(extension("shapes.Nobody", 100))), Code::not_found);
  const Response all = ask(extensions("shapes.base.Extendable"));
  EXPECT_EQ(all.all_extension_numbers_response().base_type_name(), "shapes.base.Extendable");
  const auto& numbers = all.all_extension_numbers_response().extension_number();
  EXPECT_EQ(std::vector(numbers.begin(), numbers.end()), (std::vector{100, 101}));
}

TEST_F(ReflectionTest, KnowsMessagesWithoutExtensions) {
  const Response none = ask(extensions("shapes.Shape"));
  EXPECT_TRUE(none.has_all_extension_numbers_response());
  EXPECT_EQ(none.all_extension_numbers_response().extension_number_size(), 0);
  EXPECT_EQ(error(ask(extensions("shapes.Size"))), Code::not_found);
}

TEST_F(ReflectionTest, SaysWhatIsNotThereAndGoesOn) {
  EXPECT_EQ(error(ask(file("nobody.proto"))), Code::not_found);
  for (const char* name :
       {"", ".", "shapes", "shapes.", ".shapes.Shape", "shapes.Nobody", "shapes.Shape.Color.RED"}) {
    EXPECT_EQ(error(ask(symbol(name))), Code::not_found) << name;
  }
  EXPECT_EQ(error(ask(Request())), Code::invalid_argument);
  EXPECT_EQ(names(ask(file("shapes.proto"))), kAllFiles);
}

TEST_F(ReflectionTest, RepeatsWhatWasAskedFor) {
  Request request = file("nobody.proto");
  request.set_host("here");
  const Response response = ask(request);
  EXPECT_EQ(response.valid_host(), "here");
  EXPECT_EQ(response.original_request().file_by_filename(), "nobody.proto");
}

TEST_F(ReflectionTest, SpeaksV1AlphaAsWell) {
  auto alpha = reflection_v1alpha::ServerReflection::Client(channel).ServerReflectionInfo(1min);
  reflection_v1alpha::ServerReflectionRequest request;
  request.set_file_by_filename("base.proto");
  ASSERT_TRUE(alpha.write(request).get());
  const auto response = alpha.read().get();
  ASSERT_TRUE(response);
  ASSERT_EQ(response->file_descriptor_response().file_descriptor_proto_size(), 1);
  EXPECT_EQ(
      reflection::read_file(response->file_descriptor_response().file_descriptor_proto(0)).name,
      "base.proto");
}

TEST_F(ReflectionTest, EndsWithTheClientsQuestions) {
  EXPECT_TRUE(stream.close_writes().get());
  EXPECT_TRUE(stream.finish().get().ok());
}

TEST_F(ReflectionTest, HoldsUpNoDrain) {
  EXPECT_EQ(names(ask(file("base.proto"))), Strings{"base.proto"});
  server.shutdown(1h);
  server.run();  // until nothing is left, or this stream's minute is over
  EXPECT_EQ(stream.finish().get().code(), Code::unavailable);
}

TEST(EmbeddedFiles, AreThoseOfTheWholeFileInEachOfItsServices) {
  const auto one = shapes::Shapes::Handler().embedded_files();
  EXPECT_EQ(one.size(), kAllFiles.size());
  EXPECT_EQ(shapes::MoreShapes::Handler().embedded_files().data(), one.data());
  EXPECT_TRUE(e2e::Echo::Handler().embedded_files().empty());
}

TEST(ReadFile, TakesBytesThatEndAnywhere) {
  const std::string_view whole = shapes::Shapes::Handler().embedded_files().front();
  const std::size_t all = reflection::read_file(whole).symbols.size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut(whole.substr(0, size));
    EXPECT_LE(reflection::read_file(cut).symbols.size(), all);
  }
}

}  // namespace
}  // namespace cpp_lite
