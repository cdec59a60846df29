// What a client makes of responses that are not as they should be (and of HTTP ones).
#include <string>

#include "fixture.h"

namespace cpp_lite::client {
namespace {

class Responses : public ClientTest {
 protected:
  Status ended(std::function<void(PeerStream&)> answer) {
    return answered([&](PeerStream& call) { answer(call); }).status;
  }
  Code code(std::function<void(PeerStream&)> answer) { return ended(std::move(answer)).code(); }
};

TEST_F(Responses, OkWithoutAMessageIsUnimplemented) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers();
              call.status("0");
            }),
            Code::unimplemented);
  EXPECT_EQ(code([](PeerStream& call) { call.trailers_only("0"); }), Code::unimplemented);
}

// The client reads blocks that are alike once.
TEST_F(Responses, AnswersLikeOthersBeforeThemMeanTheSameAndOthersWhatTheySay) {
  const auto good = [](PeerStream& call) {
    call.headers();
    call.message("pong");
    call.status("0");
  };
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) {
      const RawReply reply = answered(good);
      EXPECT_TRUE(reply.status.ok());
      EXPECT_TRUE(reply.headers.empty() && reply.trailers.empty());
      EXPECT_EQ(std::string(reply.message.begin(), reply.message.end()), "pong");
    }
    EXPECT_EQ(code([](PeerStream& call) {
                call.headers();
                call.status("5");
              }),
              Code::not_found);
    const RawReply rich = answered([](PeerStream& call) {
      call.headers({{":status", "200"}, {"content-type", "application/grpc"}, {"a", "1"}});
      call.message("pong");
      call.trailers({{"grpc-status", "0"}, {"b", "2"}});
    });
    EXPECT_EQ(rich.headers.get("a"), "1");
    EXPECT_EQ(rich.trailers.get("b"), "2");
    EXPECT_EQ(code([](PeerStream& call) {
                call.headers({{":status", "503"}, {"content-type", "text/html"}});
                call.raw({}, true);
              }),
              Code::unavailable);
  }
}

TEST_F(Responses, OkWithTwoMessagesIsUnimplemented) {
  const Status status = ended([](PeerStream& call) {
    call.headers();
    call.message("one");
    call.message("two");
    call.status("0");
  });
  EXPECT_EQ(status.code(), Code::unimplemented);
  EXPECT_EQ(status.origin(), Origin::local);
}

TEST_F(Responses, EndOfTheBodyWithoutAStatusIsUnknown) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers();
              call.raw(framed("pong"), true);
            }),
            Code::unknown);
}

TEST_F(Responses, TrailersWithoutAStatusAreUnknown) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers();
              call.message("pong");
              call.trailers({{"x", "y"}});
            }),
            Code::unknown);
}

TEST_F(Responses, AnEncodingThatNobodyKnowsIsInternal) {
  EXPECT_EQ(
      code([](PeerStream& call) {
        call.headers(
            {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "foo"}});
        call.message("pong");
      }),
      Code::internal);
  EXPECT_EQ(peer.last().reset_code(), kCancel);
}

TEST_F(Responses, TheCompressedFlagWithoutAnEncodingIsInternal) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers();
              call.raw(framed("pong", true));
            }),
            Code::internal);
}

TEST_F(Responses, AnUnknownFlagIsInternal) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers();
              call.raw(std::string("\x02\0\0\0\x01x", 6));
            }),
            Code::internal);
}

TEST_F(Responses, AMessageCutShortIsInternalEvenIfTheStatusIsOk) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers();
              call.raw(framed("pong").substr(0, 7));
              call.status("0");
            }),
            Code::internal);
}

TEST_F(Responses, AnErrorOfThePeerCountsMoreThanAMessageCutShort) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers();
              call.raw(framed("pong").substr(0, 7));
              call.status("9");
            }),
            Code::failed_precondition);
}

TEST_F(Responses, OtherContentTypesAreUnknown) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers({{":status", "200"}, {"content-type", "image/jpeg"}});
              call.raw("....");
            }),
            Code::unknown);
}

TEST_F(Responses, AStatusInHeadersThatDoNotEndTheStreamIsIgnored) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers(
                  {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "9"}});
              call.message("pong");
              call.status("0");
            }),
            Code::ok);
}

TEST_F(Responses, HttpStatusesAreTranslated) {
  const std::pair<const char*, Code> table[] = {
      {"400", Code::internal},          {"401", Code::unauthenticated},
      {"403", Code::permission_denied}, {"404", Code::unimplemented},
      {"418", Code::unknown},           {"429", Code::unavailable},
      {"502", Code::unavailable},       {"503", Code::unavailable},
      {"504", Code::unavailable},       {"800", Code::unknown}};
  for (const auto& [http, expected] : table) {
    EXPECT_EQ(code([http = http](PeerStream& call) {
                call.headers({{":status", http}, {"content-type", "text/html"}});
                call.raw("<html>", true);
              }),
              expected)
        << http;
    EXPECT_EQ(code([http = http](PeerStream& call) {
                call.only_headers({{":status", http}});
              }),
              expected)
        << http;
  }
}

TEST_F(Responses, AnHttpErrorIsTranslatedWhenItsGrpcBodyEndsWithoutAStatus) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers({{":status", "503"}, {"content-type", "application/grpc"}});
              call.raw("", true);
            }),
            Code::unavailable);
}

TEST_F(Responses, BadGzipFailsAStreamWhereItsReaderComesToIt) {
  const auto call = stream();
  turn();
  peer.last().headers(
      {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}});
  peer.last().raw(framed("one") + framed("no gzip", true) + framed("three"));
  turn();
  EXPECT_EQ(read(*call), "one");
  EXPECT_FALSE(peer.last().closed());
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_EQ(read(*call), "(end)");
  turn();
  EXPECT_EQ(peer.last().reset_code(), kCancel);
  EXPECT_EQ(finish(*call).status.code(), Code::internal);
}

TEST_F(Responses, BadGzipFailsAReaderThatWaits) {
  const auto call = stream();
  Future<std::optional<Bytes>> next = call->read();
  turn();
  peer.last().headers(
      {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}});
  peer.last().raw(framed("no gzip", true));
  turn();
  EXPECT_EQ(take(next), std::nullopt);
  EXPECT_EQ(finish(*call).status.code(), Code::internal);
}

TEST_F(Responses, BadGzipFailsACallThatHasEndedWell) {
  const auto call = stream();
  (void)call->close_writes();
  turn();
  peer.last().headers(
      {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}});
  peer.last().raw(framed("no gzip", true));
  peer.last().status("0");
  turn();
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_EQ(finish(*call).status.code(), Code::internal);
}

TEST_F(Responses, BadGzipFailsAUnaryCallWhoseStatusIsOk) {
  EXPECT_EQ(
      code([](PeerStream& call) {
        call.headers(
            {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}});
        call.raw(framed("no gzip", true));
        call.status("0");
      }),
      Code::internal);
}

TEST_F(Responses, ResetsAreTranslated) {
  const std::pair<std::uint32_t, Code> table[] = {{0, Code::internal},
                                                  {1, Code::internal},
                                                  {2, Code::internal},
                                                  {8, Code::cancelled},
                                                  {11, Code::resource_exhausted},
                                                  {12, Code::permission_denied},
                                                  {13, Code::internal}};
  for (const auto& [error, expected] : table) {
    EXPECT_EQ(code([error = error](PeerStream& call) { call.reset(error); }), expected) << error;
  }
}

TEST_F(Responses, AResetAfterHalfAnAnswerFailsTheCall) {
  EXPECT_EQ(code([](PeerStream& call) {
              call.headers();
              call.message("pong");
              call.reset(2);
            }),
            Code::internal);
}

TEST_F(Responses, ALostConnectionIsUnavailableAndSaysWhy) {
  Future<RawReply> future = unary();
  turn();
  peer.pipes.back()->cut("connection reset by peer");
  turn();
  const Status status = status_of(future);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_NE(status.message().find("connection reset by peer"), std::string::npos);
  EXPECT_EQ(status.origin(), Origin::local);
  EXPECT_EQ(status.phase(), "sent");
}

TEST_F(Responses, HeadersOverTheLimitAreResourceExhausted) {
  options.max_header_list = 1000;
  const std::string large(2000, 'x');
  EXPECT_EQ(
      code([&](PeerStream& call) {
        call.headers({{":status", "200"}, {"content-type", "application/grpc"}, {"large", large}});
      }),
      Code::resource_exhausted);
}

TEST_F(Responses, BadBase64InMetadataIsInternal) {
  EXPECT_EQ(
      code([](PeerStream& call) {
        call.headers({{":status", "200"}, {"content-type", "application/grpc"}, {"x-bin", "!"}});
      }),
      Code::internal);
}

TEST_F(Responses, ABadResponseCostsItsStreamOnly) {
  Future<RawReply> good = unary();
  turn();
  (void)code([](PeerStream& call) {
    call.headers();
    call.raw(std::string("\xff\xff\xff\xff\xff", 5));
  });
  peer.stream(0).answer("pong");
  turn();
  EXPECT_TRUE(status_of(good).ok());
  EXPECT_EQ(peer.connections.size(), 1u);
}

}  // namespace
}  // namespace cpp_lite::client
