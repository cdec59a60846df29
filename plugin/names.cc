#include "names.h"

#include <algorithm>
#include <array>

namespace cpp_lite::plugin {
namespace {

// The lists are sorted, because binary_search reads them.
constexpr auto kKeywords =
    std::to_array<std::string_view>({"alignas",       "alignof",     "and",
                                     "and_eq",        "asm",         "auto",
                                     "bitand",        "bitor",       "bool",
                                     "break",         "case",        "catch",
                                     "char",          "char16_t",    "char32_t",
                                     "char8_t",       "class",       "co_await",
                                     "co_return",     "co_yield",    "compl",
                                     "concept",       "const",       "const_cast",
                                     "consteval",     "constexpr",   "constinit",
                                     "continue",      "decltype",    "default",
                                     "delete",        "do",          "double",
                                     "dynamic_cast",  "else",        "enum",
                                     "explicit",      "export",      "extern",
                                     "false",         "float",       "for",
                                     "friend",        "goto",        "if",
                                     "inline",        "int",         "long",
                                     "mutable",       "namespace",   "new",
                                     "noexcept",      "not",         "not_eq",
                                     "nullptr",       "operator",    "or",
                                     "or_eq",         "private",     "protected",
                                     "public",        "register",    "reinterpret_cast",
                                     "requires",      "return",      "short",
                                     "signed",        "sizeof",      "static",
                                     "static_assert", "static_cast", "struct",
                                     "switch",        "template",    "this",
                                     "thread_local",  "throw",       "true",
                                     "try",           "typedef",     "typeid",
                                     "typename",      "union",       "unsigned",
                                     "using",         "virtual",     "void",
                                     "volatile",      "wchar_t",     "while",
                                     "xor",           "xor_eq"});

// Some of them are functions in one C library and macros in another. An object-like macro also hits
// the caller's code, so that #undef in our header would be no cure.
constexpr auto kMacros = std::to_array<std::string_view>(
    {"BUFSIZ", "DOMAIN", "EOF",   "FALSE",   "INFINITY",  "NAN",      "NULL",    "OVERFLOW",
     "PLOSS",  "SING",   "TLOSS", "TRUE",    "UNDERFLOW", "alloca",   "assert",  "errno",
     "i386",   "linux",  "major", "makedev", "minor",     "offsetof", "setjmp",  "stderr",
     "stdin",  "stdout", "unix",  "va_arg",  "va_copy",   "va_end",   "va_start"});

// Others in small letters and without parameters, of POSIX's headers on Debian 12. In capitals
// (INT_MAX, SIGINT, ENOENT ...) there are thousands.
constexpr auto kSystemMacros = std::to_array<std::string_view>(
    {"d_fileno",     "h_addr",       "h_errno",   "s6_addr",     "s6_addr16",  "s6_addr32",
     "sa_handler",   "sa_sigaction", "si_addr",   "si_addr_lsb", "si_arch",    "si_band",
     "si_call_addr", "si_fd",        "si_int",    "si_lower",    "si_overrun", "si_pid",
     "si_pkey",      "si_ptr",       "si_status", "si_stime",    "si_syscall", "si_timerid",
     "si_uid",       "si_upper",     "si_utime",  "si_value",    "st_atime",   "st_ctime",
     "st_mtime"});

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

static_assert(std::is_sorted(kKeywords.begin(), kKeywords.end()));
static_assert(std::is_sorted(kMacros.begin(), kMacros.end()));
static_assert(std::is_sorted(kSystemMacros.begin(), kSystemMacros.end()));

// <cctype> would ask the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }

bool is_reserved_for_compilers(std::string_view name) {
  return name.size() > 1 && name[0] == '_' && (name[1] == '_' || is_upper(name[1]));
}

}  // namespace

bool is_keyword(std::string_view name) { return contains(kKeywords, name); }

bool needs_escape(std::string_view name) {
  return is_keyword(name) || contains(kMacros, name) || contains(kSystemMacros, name) ||
         is_reserved_for_compilers(name);
}

bool is_identifier(std::string_view text) {
  const auto is_part = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
  return !text.empty() && !is_digit(text.front()) && std::all_of(text.begin(), text.end(), is_part);
}

std::vector<std::string> allocate(const std::vector<std::string>& names,
                                  const std::set<std::string>& taken) {
  const auto is_verbatim = [&](const std::string& name) {
    return !needs_escape(name) && !taken.contains(name);
  };
  std::set<std::string> used = taken;
  for (const std::string& name : names) {
    if (is_verbatim(name)) used.insert(name);
  }
  std::vector<std::string> result = names;
  for (std::string& name : result) {
    if (is_verbatim(name)) continue;
    do {
      name += '_';
    } while (!used.insert(name).second);
  }
  return result;
}

std::string file_identifier(std::string_view path) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string result;
  for (const char c : path) {
    if (is_letter(c) || is_digit(c)) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '_';
    result += kHex[byte >> 4u];
    result += kHex[byte & 15u];
  }
  return result;
}

}  // namespace cpp_lite::plugin
