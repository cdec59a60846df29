#include <cpp_lite/handler.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/fake_call.h"
#include "texts.h"

namespace cpp_lite {
namespace {

using NeedsFields = google::protobuf::UninterpretedOption::NamePart;  // proto2, required fields

// What a generated handler looks like from below.
class Echo final : public Service {
 public:
  std::string_view service_name() const override { return "test.Echo"; }
  std::span<const Route> routes() override { return {}; }

  Future<Result<StringValue>> say(ServerContext&, StringValue request) {
    if (request.value() == "wait") return wait(std::move(gate.future));
    if (request.value() == "bad") return Status(Code::not_found, "nobody");
    return request;
  }
  Future<Result<NeedsFields>> says_too_little(ServerContext&, StringValue) { return NeedsFields(); }
  Future<Status> writes_too_little(ServerContext&, StringValue, Writer<NeedsFields>& out) {
    // A name, because g++ 12 breaks the frame for a NeedsFields() inside the condition.
    const NeedsFields too_little;
    if (co_await out.write(too_little)) co_return Status();
    co_return Status(Code::cancelled, "gone");
  }
  Future<Status> chat(ServerContext&, Reader<StringValue>& in, Writer<StringValue>& out) {
    while (auto next = co_await in.read()) co_await out.write(text(next->value() + "!"));
    co_return Status();
  }
  Future<Status> chat_in_place(ServerContext&, Reader<StringValue>& in, Writer<StringValue>& out) {
    StringValue message;
    while (co_await in.read(message)) {
      message.mutable_value()->push_back('!');
      co_await out.write(message);
    }
    co_return message.value().empty() ? Status() : Status(Code::data_loss, "not empty");
  }

  Leaf<int> gate;

 private:
  static Future<Result<StringValue>> wait(Future<int> gate) {
    co_return text(std::to_string(co_await std::move(gate)));
  }
};

template <auto kFunction>
Future<Status> serve(Echo& echo, FakeServedCall& call) {
  return route<kFunction>(kUnaryMethod).serve(echo, call);
}

TEST(Handler, AnswersAtOnceWhatIsThereAtOnce) {
  Echo echo;
  FakeServedCall call;
  call.request = on_the_wire(text("ping"));
  Future<Status> done = serve<&Echo::say>(echo, call);
  ASSERT_TRUE(done.ready());
  EXPECT_TRUE(done.get().ok());
  EXPECT_EQ(call.response, *detail::serialize(text("ping")));
}

TEST(Handler, AnswersLaterWhatComesLater) {
  Echo echo;
  FakeServedCall call;
  call.request = on_the_wire(text("wait"));
  Future<Status> done = serve<&Echo::say>(echo, call);
  EXPECT_FALSE(done.ready());
  echo.gate.promise.set(7);
  EXPECT_TRUE(done.get().ok());
  EXPECT_EQ(call.response, *detail::serialize(text("7")));
}

TEST(Handler, AnswersWithItsError) {
  Echo echo;
  FakeServedCall call;
  call.request = on_the_wire(text("bad"));
  EXPECT_EQ(serve<&Echo::say>(echo, call).get().code(), Code::not_found);
  EXPECT_TRUE(call.response.empty());
}

TEST(Handler, IsNotCalledForARequestThatDoesNotParse) {
  Echo echo;
  FakeServedCall call;
  call.request = Bytes{0xff};
  const Status status = serve<&Echo::say>(echo, call).get();
  EXPECT_EQ(status.code(), Code::internal);
  EXPECT_EQ(status.message(), "request cannot be parsed: it is no google.protobuf.StringValue");
}

TEST(Handler, ToldBeforehandWhetherARequestParses) {
  const Route say = route<&Echo::say>(kUnaryMethod);
  EXPECT_TRUE(say.check(on_the_wire(text("ping"))).ok());
  const Status bad = say.check(Bytes{0xff});
  EXPECT_EQ(bad.code(), Code::internal);
  EXPECT_EQ(bad.message(), "request cannot be parsed: it is no google.protobuf.StringValue");
  EXPECT_EQ(say.check(on_the_wire(text("\xff"))).code(), Code::internal) << "no UTF-8";
  EXPECT_EQ(route<&Echo::chat>(kUnaryMethod).check, nullptr);
}

TEST(Handler, EndsWithInternalWhenItsResponseCannotBeSerialized) {
  Echo echo;
  FakeServedCall call;
  EXPECT_EQ(serve<&Echo::says_too_little>(echo, call).get().code(), Code::internal);
  EXPECT_TRUE(call.response.empty());
}

TEST(Handler, FailsTheCallWhenAStreamedMessageCannotBeSerialized) {
  Echo echo;
  FakeServedCall call;
  EXPECT_EQ(serve<&Echo::writes_too_little>(echo, call).get().code(), Code::cancelled);
  EXPECT_EQ(call.failure.code(), Code::internal);
}

template <auto kMethod>
void chats() {
  Echo echo;
  FakeServedCall call;
  Leaf<std::optional<Bytes>> first;
  call.next_read = std::move(first.future);
  Future<Status> done = serve<kMethod>(echo, call);
  call.next_read = std::optional<Bytes>();
  first.promise.set(on_the_wire(text("a")));
  EXPECT_TRUE(done.get().ok());
  EXPECT_EQ(call.response, *detail::serialize(text("a!")));
}

TEST(Handler, ReadsAndWritesStreams) {
  chats<&Echo::chat>();
  chats<&Echo::chat_in_place>();
}

template <auto kMethod>
void fails_without_a_message() {
  Echo echo;
  FakeServedCall call;
  call.next_read = std::optional<Bytes>(Bytes{0x0a, 1, 'x', 0xff});
  EXPECT_TRUE(serve<kMethod>(echo, call).get().ok());
  EXPECT_EQ(call.failure.code(), Code::internal);
  EXPECT_EQ(call.failure.message(),
            "request cannot be parsed: it is no google.protobuf.StringValue");
}

TEST(Handler, FailsTheCallWhenAStreamedRequestDoesNotParse) {
  fails_without_a_message<&Echo::chat>();
  fails_without_a_message<&Echo::chat_in_place>();
}

static_assert(!std::is_copy_constructible_v<Next> && !std::is_copy_assignable_v<Next>);

TEST(Next, ThatWasMovedFromRunsNothing) {
  FakeServedCall call;
  Next next(call, 1);
  Next moved = std::move(next);
  EXPECT_EQ(next().get().code(), Code::internal);
  EXPECT_TRUE(moved().get().ok());
  EXPECT_EQ(call.handled, 1);
}

TEST(Next, RunsTheChainOnce) {
  FakeServedCall call;
  Next next(call, 1);
  EXPECT_TRUE(next().get().ok());
  EXPECT_EQ(next().get().code(), Code::internal);
  EXPECT_EQ(call.handled, 1);
}

// --- Cancellation ---

class FakeHandle final : public CallContext {
 public:
  SteadyTime deadline() const override { return SteadyTime::max(); }
  bool cancelled() const override { return cancelled_; }
  std::uint64_t on_cancel(Task task) override {
    task_ = std::move(task);
    return 7;
  }
  void forget(std::uint64_t id) override {
    forgotten = id;
    task_.reset();
  }
  void cancel() {
    cancelled_ = true;
    if (task_) std::exchange(task_, Task())();
  }
  std::uint64_t forgotten = 0;

 private:
  bool cancelled_ = false;
  Task task_;
};

TEST(Cancellation, CanBeAskedFor) {
  auto handle = std::make_shared<FakeHandle>();
  const Cancellation cancellation(handle);
  EXPECT_FALSE(cancellation);
  handle->cancel();
  EXPECT_TRUE(cancellation);
  EXPECT_TRUE(cancellation.wait().ready());
}

TEST(Cancellation, CanBeAwaited) {
  auto handle = std::make_shared<FakeHandle>();
  const auto waiter = [](Cancellation cancellation) -> Future<int> {
    co_await cancellation;
    co_return 1;
  };
  Future<int> done = waiter(Cancellation(handle));
  EXPECT_FALSE(done.ready());
  handle->cancel();
  EXPECT_EQ(done.get(), 1);
  EXPECT_EQ(handle.use_count(), 1);
}

TEST(Cancellation, IsForgottenByWhoDropsTheWait) {
  auto handle = std::make_shared<FakeHandle>();
  { const Future<void> wait = Cancellation(handle).wait(); }
  EXPECT_EQ(handle->forgotten, 7U);
  EXPECT_EQ(handle.use_count(), 1);
}

TEST(Unimplemented, NamesTheMethod) {
  EXPECT_EQ(unimplemented(kUnaryMethod).code(), Code::unimplemented);
  EXPECT_NE(unimplemented(kUnaryMethod).message().find("/test.Echo/Say"), std::string::npos);
}

}  // namespace
}  // namespace cpp_lite
