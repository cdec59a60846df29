#include "server/served.h"

namespace cpp_lite::server {
namespace {

class Layers : public Served {
 protected:
  void SetUp() override {
    service.unary = [this](detail::ServedCall& call) -> Future<Status> {
      trace += "handler;";
      call.respond(outgoing("re: " + text(call.context().request_bytes())));
      return Status();
    };
  }
  // Notes its name on the way in and out.
  ServerLayer noting(std::string name) {
    return [this, name](ServerContext&, const Method&, Next next) -> Future<Status> {
      trace += name + ">";
      Status status = co_await next();
      trace += "<" + name;
      co_return status;
    };
  }
  std::string trace;
};

TEST_F(Layers, StandAroundTheHandlerInTheOrderOfAdd) {
  config.layers = {noting("a"), noting("b")};
  connect();
  EXPECT_EQ("0", call("/test.Bytes/Unary")->status());
  EXPECT_EQ("a>b>handler;<b<a", trace);
}

TEST_F(Layers, MayRefuseACall) {
  config.layers = {[](ServerContext& context, const Method&, Next next) -> Future<Status> {
    if (!context.metadata().get("authorization")) {
      co_return Status(Code::unauthenticated, "no token");
    }
    co_return co_await next();
  }};
  connect();
  EXPECT_EQ("16", call("/test.Bytes/Unary")->status());
  EXPECT_EQ("", trace);
  EXPECT_EQ("0", call("/test.Bytes/Unary", "hi", {{"authorization", "x"}})->status());
}

TEST_F(Layers, MayAnswerInTheHandlersPlace) {
  config.layers = {[](ServerContext& context, const Method&, Next) -> Future<Status> {
    EXPECT_EQ("hi", text(context.request_bytes()));
    co_return context.answer(bytes("stored"));
  }};
  connect();
  EXPECT_EQ(text(framed("stored")), call("/test.Bytes/Unary")->body);
  EXPECT_EQ("", trace);
}

TEST_F(Layers, SeeTheResponse) {
  std::string seen;
  config.layers = {[&](ServerContext& context, const Method&, Next next) -> Future<Status> {
    Status status = co_await next();
    seen = text(context.response_bytes());
    co_return status;
  }};
  connect();
  (void)call("/test.Bytes/Unary");
  EXPECT_EQ("re: hi", seen);
}

TEST_F(Layers, CannotRunTheHandlerTwice) {
  config.layers = {[](ServerContext&, const Method&, Next next) -> Future<Status> {
    EXPECT_TRUE((co_await next()).ok());
    co_return co_await next();
  }};
  connect();
  EXPECT_EQ("13", call("/test.Bytes/Unary")->status());
  EXPECT_EQ("handler;", trace);
}

TEST_F(Layers, MayTurnASuccessIntoAnError) {
  config.layers = {[](ServerContext&, const Method&, Next next) -> Future<Status> {
    (void)co_await next();
    co_return Status(Code::aborted, "changed my mind");
  }};
  connect();
  auto answer = call("/test.Bytes/Unary");
  EXPECT_EQ("10", answer->status());
  EXPECT_EQ("", answer->body);
}

}  // namespace
}  // namespace cpp_lite::server
