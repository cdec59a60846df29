#include "wire/content_type.h"

#include <gtest/gtest.h>

namespace cpp_lite::wire {
namespace {

TEST(BodyKind, KnowsProtoInAllItsSpellings) {
  for (const char* type :
       {"application/grpc", "application/grpc+proto", "application/grpc+", "Application/GRPC+Proto",
        "application/grpc;charset=utf-8", "application/grpc+proto ; x", "application/grpc;x"}) {
    EXPECT_EQ(body_kind(type), BodyKind::proto) << type;
  }
}

TEST(BodyKind, KnowsOtherCodecs) {
  for (const char* type : {"application/grpc+json", "application/grpc+foo",
                           "application/grpc+protox", "application/grpc+json;charset=utf-8"}) {
    EXPECT_EQ(body_kind(type), BodyKind::other_codec) << type;
  }
}

TEST(BodyKind, KnowsWhatIsNotGrpc) {
  for (const char* type :
       {"", "text/html", "application/grpc-web", "application/grpc-web+proto",
        "application/grpcfoo", "application/json", "application/grp", "grpc", ";"}) {
    EXPECT_EQ(body_kind(type), BodyKind::not_grpc) << type;
  }
}

}  // namespace
}  // namespace cpp_lite::wire
