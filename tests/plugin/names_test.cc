#include "names.h"

#include <gtest/gtest.h>

namespace cpp_lite::plugin {
namespace {

using Names = std::vector<std::string>;

TEST(Names, KeepsWhatCppAllows) {
  const Names fine = {"Get", "get",   "GET",      "get_foo_bar", "a__b",   "_",
                      "_x",  "final", "override", "import",      "module", "stream",
                      "rpc", "ERROR", "DELETE",   "min",         "std"};
  EXPECT_EQ(allocate(fine, {}), fine);
}

TEST(Names, EscapesKeywordsOfCpp20) {
  EXPECT_EQ(
      allocate({"delete", "this", "xor_eq", "co_await", "requires", "char8_t", "concept"}, {}),
      (Names{"delete_", "this_", "xor_eq_", "co_await_", "requires_", "char8_t_", "concept_"}));
}

TEST(Names, EscapesMacrosOfTheCLibrary) {
  EXPECT_EQ(allocate({"errno", "EOF", "NULL", "assert", "offsetof", "va_start", "linux"}, {}),
            (Names{"errno_", "EOF_", "NULL_", "assert_", "offsetof_", "va_start_", "linux_"}));
}

TEST(Names, EscapesMacrosOfTheSystemInSmallLetters) {
  EXPECT_EQ(allocate({"h_errno", "st_mtime", "sa_handler", "si_value", "d_fileno", "st_size"}, {}),
            (Names{"h_errno_", "st_mtime_", "sa_handler_", "si_value_", "d_fileno_", "st_size"}));
}

TEST(Names, EscapesWhatIsReservedForCompilers) {
  EXPECT_EQ(allocate({"__LINE__", "_Get", "__x"}, {}), (Names{"__LINE___", "_Get_", "__x_"}));
}

TEST(Names, GivesAnUnchangedNameToItsOwnerFirst) {
  EXPECT_EQ(allocate({"delete", "delete_"}, {}), (Names{"delete__", "delete_"}));
  EXPECT_EQ(allocate({"delete", "delete_", "delete__"}, {}),
            (Names{"delete___", "delete_", "delete__"}));
}

TEST(Names, StepsAsideForTheFixedNamesOfTheScope) {
  EXPECT_EQ(allocate({"Client", "Client_"}, {"Client"}), (Names{"Client__", "Client_"}));
  EXPECT_EQ(allocate({"A_B"}, {"A_B", "A_B_"}), (Names{"A_B__"}));
}

TEST(Names, OfOneScopeAreDistinct) {
  EXPECT_EQ(allocate({"NULL", "Client"}, {"Client", "NULL_"}), (Names{"NULL__", "Client_"}));
}

TEST(Names, KnowIdentifiers) {
  EXPECT_TRUE(is_identifier("_a9"));
  for (const char* text : {"", "9a", "a-b", "a b", "a::b", "é"}) {
    EXPECT_FALSE(is_identifier(text)) << text;
  }
}

TEST(FileIdentifier, EncodesWhatIsNoLetterOrDigit) {
  EXPECT_EQ(file_identifier("a-b/c_d.v1.proto"), "a_2db_2fc_5fd_2ev1_2eproto");
  EXPECT_EQ(file_identifier("\xC3\xA9"), "_c3_a9");
}

TEST(FileIdentifier, TellsSimilarPathsApart) {
  EXPECT_NE(file_identifier("one-file.proto"), file_identifier("one_file.proto"));
  EXPECT_NE(file_identifier("a/b"), file_identifier("a_2fb"));
}

}  // namespace
}  // namespace cpp_lite::plugin
