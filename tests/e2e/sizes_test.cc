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

class Sizes : public EndToEnd {
 protected:
  void SetUp() override {
    serve({.max_receive_message = kHuge + 64});
    echo.emplace(client({.max_receive_message = kHuge + 64}));
  }
  std::optional<Echo::Client> echo;
};

// A message of so many bytes when serialized: the field's tag and length are part of them. (No
// message has 129 bytes, for instance, where the length needs one byte more: then one less.)
Blob blob_of(std::size_t size) {
  static const std::string& data = *new std::string(data_of(kHuge + 1));
  std::size_t length_bytes = 1;
  while (size >> (7 * length_bytes) != 0) ++length_bytes;
  return blob(data.substr(0, size > 1 + length_bytes ? size - 1 - length_bytes : 0));
}

TEST_F(Sizes, MessagesArriveWholeInUnaryCalls) {
  for (const std::size_t size : sizes()) {
    const Blob sent = blob_of(size);
    const auto reply = echo->Unary(sent, kPatience).get();
    ASSERT_TRUE(reply.ok()) << size << ": " << reply.status().to_string();
    ASSERT_TRUE(reply->data() == sent.data()) << size;
  }
}

TEST_F(Sizes, MessagesArriveWholeInServerStreams) {
  for (const std::size_t size : sizes()) {
    Blob sent = blob_of(size);
    sent.set_count(2);
    auto stream = echo->Spread(sent, kPatience);
    int seen = 0;
    while (auto message = stream.read().get()) {
      ASSERT_TRUE(message->data() == sent.data()) << size;
      ++seen;
    }
    ASSERT_TRUE(stream.finish().get().ok()) << size;
    ASSERT_EQ(2, seen);
  }
}

TEST_F(Sizes, MessagesArriveWholeInClientStreams) {
  for (const std::size_t size : sizes()) {
    const Blob sent = blob_of(size / 2);
    auto stream = echo->Collect(kPatience);
    ASSERT_TRUE(stream.write(sent).get() && stream.write(sent).get()) << size;
    const auto reply = stream.finish().get();
    ASSERT_TRUE(reply.ok()) << size << ": " << reply.status().to_string();
    ASSERT_TRUE(reply->data() == sent.data() + sent.data()) << size;
  }
}

TEST_F(Sizes, MessagesArriveWholeInChats) {
  auto stream = echo->Chat(kPatience);
  for (const std::size_t size : sizes()) {
    const Blob sent = blob_of(size);
    auto written = stream.write(sent);
    const auto message = stream.read().get();
    ASSERT_TRUE(message && message->data() == sent.data()) << size;
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
