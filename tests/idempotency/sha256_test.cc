#include "idempotency/sha256.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "idempotency/random.h"

namespace cpp_lite::idempotency {
namespace {

std::string hex(const Digest& digest) {
  std::string text;
  for (const std::uint8_t byte : digest) {
    text.push_back("0123456789abcdef"[byte >> 4U]);
    text.push_back("0123456789abcdef"[byte & 0x0fU]);
  }
  return text;
}

TEST(Sha256, HashesAsFips180Says) {
  EXPECT_EQ(hex(Sha256().add("abc").finish()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, PiecesHashAsTheirWhole) {
  EXPECT_EQ(Sha256().add("a").add("").add("bc").finish(), Sha256().add("abc").finish());
}

TEST(Sha256, SizedPiecesDoNot) {
  EXPECT_NE(Sha256().add_sized("ab").add_sized("c").finish(),
            Sha256().add_sized("a").add_sized("bc").finish());
  EXPECT_EQ(Sha256().add_sized("ab").finish(),
            Sha256().add(std::string_view("\0\0\0\0\0\0\0\2ab", 10)).finish());
}

TEST(HmacSha256, SignsAsPublished) {
  // The key of 32 bytes 0..31 and the empty message, computed with another implementation.
  Digest key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(hex(hmac_sha256(key, {})),
            "d38b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb");
}

TEST(Random, TokensIdsAndSecretsDiffer) {
  EXPECT_NE(random_token(), random_token());
  EXPECT_NE(random_secret(), random_secret());
  EXPECT_EQ(random_store_id().size(), 32U);
  EXPECT_NE(random_store_id(), random_store_id());
}

TEST(Random, AForkedProcessDrawsTokensOfItsOwn) {
  (void)random_token();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Token drawn = random_token();
    _exit(write(ends[1], drawn.data(), drawn.size()) == ssize_t{drawn.size()} ? 0 : 1);
  }
  Token childs{};
  ASSERT_EQ(read(ends[0], childs.data(), childs.size()), ssize_t{childs.size()});
  EXPECT_NE(childs, random_token());
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace cpp_lite::idempotency
