#include <atomic>

#include "echo_server.h"

namespace e2e {
namespace {

constexpr std::size_t kHuge = std::size_t{1} << 24;

// Where prefixes, windows, frames and signed bytes have gone wrong in other stacks.
std::vector<std::size_t> sizes() {
  std::vector<std::size_t> all;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{1} << 7, std::size_t{1} << 14,
        std::size_t{1} << 15, std::size_t{40000}, std::size_t{65535}, std::size_t{1} << 16,
        std::size_t{1} << 20, kHuge}) {
    for (const std::size_t each : {size - 1, size, size + 1}) {
      if (each <= kHuge + 1) all.push_back(each);
    }
  }
  return all;
}

// No two parts alike, so that nothing can be lost or doubled unseen.
std::string data_of(std::size_t size) {
  std::string data(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : data) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return data;
}

// Answers with the message itself in all kinds, so that both ways carry one of its size.
class SizeMirror final : public EchoHandler {
 public:
  // An empty message changes nothing of the one that it is merged into.
  Future<Result<Blob>> Collect(ServerContext&, Reader<Blob>& in) override {
    Blob all;
    collected = 0;
    while (auto message = co_await in.read()) {
      all.MergeFrom(*message);
      ++collected;
    }
    co_return all;
  }
  Future<Status> Spread(ServerContext&, Blob request, Writer<Blob>& out) override {
    for (int i = 0; i < 2; ++i) {
      if (!co_await out.write(request)) co_return Status(Code::cancelled, "");
    }
    co_return Status();
  }

  std::atomic<int> collected = 0;
};

class Sizes : public EndToEnd {
 protected:
  void SetUp() override {
    server.emplace(cpp_lite::ServerOptions{.max_receive_message = kHuge + 64});
    server->add(mirror);
    const Status status = server->listen("127.0.0.1:0");
    ASSERT_TRUE(status.ok()) << status.to_string();
    echo.emplace(client({.max_receive_message = kHuge + 64}));
  }

  SizeMirror mirror;
  std::optional<Echo::Client> echo;
};

// A message of so many bytes when serialized: the fields' tags and the length are part of them. No
// data makes 2 or 129 bytes, where the length of one byte more needs a byte itself: the other field
// fills two. No message at all has 1 byte, so its data has.
Blob blob_of(std::size_t size) {
  static const std::string& data = *new std::string(data_of(kHuge + 1));
  if (size == 1) return blob(data.substr(0, 1));
  Blob message = blob(data.substr(0, size));
  for (const std::int64_t count : {0, 1}) {
    message.set_count(count);
    for (std::size_t less = 0; less <= 8 && less <= size; ++less) {
      message.mutable_data()->assign(data, 0, size - less);
      if (message.ByteSizeLong() == size) return message;
    }
  }
  ADD_FAILURE() << "no message has " << size << " bytes";
  return message;
}

bool same(const Blob& sent, const Blob& came) {
  return sent.data() == came.data() && sent.count() == came.count();
}

TEST_F(Sizes, MessagesArriveWholeInUnaryCalls) {
  for (const std::size_t size : sizes()) {
    const Blob sent = blob_of(size);
    const auto reply = echo->Unary(sent, kPatience).get();
    ASSERT_TRUE(reply.ok()) << size << ": " << reply.status().to_string();
    ASSERT_TRUE(same(sent, *reply)) << size;
  }
}

TEST_F(Sizes, MessagesArriveWholeInServerStreams) {
  for (const std::size_t size : sizes()) {
    const Blob sent = blob_of(size);
    auto stream = echo->Spread(sent, kPatience);
    int seen = 0;
    while (auto message = stream.read().get()) {
      ASSERT_TRUE(same(sent, *message)) << size;
      ++seen;
    }
    ASSERT_TRUE(stream.finish().get().ok()) << size;
    ASSERT_EQ(2, seen);
  }
}

TEST_F(Sizes, MessagesArriveWholeInClientStreams) {
  for (const std::size_t size : sizes()) {
    const Blob sent = blob_of(size);
    auto stream = echo->Collect(kPatience);
    ASSERT_TRUE(stream.write(sent).get() && stream.write(Blob()).get()) << size;
    const auto reply = stream.finish().get();
    ASSERT_TRUE(reply.ok()) << size << ": " << reply.status().to_string();
    ASSERT_TRUE(same(sent, *reply)) << size;
    ASSERT_EQ(2, mirror.collected) << size;
  }
}

TEST_F(Sizes, MessagesArriveWholeInChats) {
  auto stream = echo->Chat(kPatience);
  for (const std::size_t size : sizes()) {
    const Blob sent = blob_of(size);
    auto written = stream.write(sent);
    const auto message = stream.read().get();
    ASSERT_TRUE(message && same(sent, *message)) << size;
    ASSERT_TRUE(written.get());
  }
  EXPECT_TRUE(stream.finish().get().ok());
}

TEST_F(Sizes, MessagesArriveWholeWhenCompressed) {
  Echo::Client packed =
      client({.compression = cpp_lite::Compression::gzip, .max_receive_message = kHuge + 64});
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{40000}, std::size_t{1} << 20}) {
    const Blob sent = blob_of(size);
    const auto reply = packed.Unary(sent, kPatience).get();
    ASSERT_TRUE(reply.ok()) << size << ": " << reply.status().to_string();
    ASSERT_TRUE(reply->data() == sent.data()) << size;
  }
}

TEST_F(EndToEnd, AMessageOverTheReceiveLimitIsResourceExhausted) {
  serve();
  Echo::Client small = client({.max_receive_message = 1000});
  EXPECT_EQ(Code::resource_exhausted,
            small.Unary(blob(std::string(2000, 'x')), kPatience).get().status().code());
  EXPECT_EQ(Code::resource_exhausted,
            small.Unary(blob(std::string(5 << 20, 'x')), kPatience).get().status().code());
  EXPECT_TRUE(small.Unary(blob("x"), kPatience).get().ok());
}

}  // namespace
}  // namespace e2e
