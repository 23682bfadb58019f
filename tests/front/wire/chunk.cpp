#include "front/wire/case.hpp"

namespace desist::test::wire {

using namespace std::string_literals;

namespace {

Cases sizes_and_data() {
  return {
      {"no chunk", chunked("0\r\n\r\n")},
      {"one chunk", chunked("5\r\nhello\r\n0\r\n\r\n")},
      {"three chunks", chunked("1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n")},
      {"a size in lower case", chunked("a\r\n0123456789\r\n0\r\n\r\n")},
      {"a size in upper case", chunked("A\r\n0123456789\r\n0\r\n\r\n")},
      {"a size with leading zeros", chunked("0005\r\nhello\r\n0\r\n\r\n")},
      {"a size of 16 digits", chunked("0000000000000005\r\nhello\r\n0\r\n\r\n")},
      {"a last chunk of many zeros", chunked("5\r\nhello\r\n0000\r\n\r\n")},
      {"data of every byte", chunked("6\r\n\0\r\n\xFF\n\r\r\n0\r\n\r\n"s)},
      {"data that looks like the end", chunked("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n")},
      {"a body of the largest size in chunks",
       chunked(repeated("4000\r\n" + repeated("c", 0x4000) + "\r\n", 64) + "0\r\n\r\n")},
      {"a size of 17 digits", chunked("00000000000000005\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"an empty size", chunked("\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"an extension without a size", chunked(";a=b\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with a sign", chunked("+5\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a negative size", chunked("-5\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with a prefix", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with a suffix", chunked("5h\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with a fraction", chunked("5.0\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with an underscore", chunked("0_5\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with a blank before", chunked(" 5\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with a blank behind", chunked("5 \r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with a tab behind", chunked("5\t\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size with a NUL", chunked("5\0\r\nhello\r\n0\r\n\r\n"s), 400, 0},
      {"a size that ends in a bare LF", chunked("5\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size that ends in a bare CR", chunked("5\rhello\r\n0\r\n\r\n"), 400, 0},
      {"a size that ends in CR CR LF", chunked("5\r\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a last chunk that ends in a bare LF", chunked("0\n\r\n"), 400, 0},
      {"a body that ends in a bare LF", chunked("0\r\n\n"), 400, 0},
      {"data that ends in a bare LF", chunked("5\r\nhello\n0\r\n\r\n"), 400, 0},
      {"data that ends in two bare LFs", chunked("5\r\nhello\n\n0\r\n\r\n"), 400, 0},
      {"a size that ends in two bare LFs", chunked("5\n\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a body that ends in two bare LFs", chunked("0\r\n\n\n"), 400, 0},
      {"data that ends in a bare CR", chunked("5\r\nhello\r0\r\n\r\n"), 400, 0},
      {"data without its end", chunked("5\r\nhello0\r\n\r\n"), 400, 0},
      {"data longer than its size", chunked("4\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"data shorter than its size", chunked("6\r\nhello\r\n0\r\n\r\n"), 400, 0},
      {"a size of one byte too many", chunked("100001\r\n"), 413, 0},
      {"a size of 2 to the 64th less one", chunked("ffffffffffffffff\r\n"), 413, 0},
      {"a size of 2 to the 64th and 5", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 413, 0},
      {"a size of 100 digits", chunked(repeated("F", 100)), 413, 0},
      {"a sum of one byte too many", chunked("fffff\r\n" + repeated("c", 0xFFFFF) + "\r\n2\r\n"), 413, 0},
      {"a sum that wraps around", chunked("1\r\na\r\nffffffffffffffff\r\n"), 413, 0},
  };
}

Cases extensions() {
  const auto extended = [](const std::string& text) {
    return chunked("5" + text + "\r\nhello\r\n0\r\n\r\n");
  };
  Cases cases{{"an extension behind the last chunk", chunked("5\r\nhello\r\n0;a=b\r\n\r\n")}};
  const std::string longest = ";" + repeated("e", 254);
  for (const std::string& good :
       {";a"s, ";a=b"s, ";a=\"b\""s, ";a;b=c;d"s, ";a=\"\""s, ";a=\"b;c\\\"d\\\\ \t\""s, " ;a"s, "; a"s,
        " ; a = b"s, ";a =\"b\" ;c"s, ";a=\"\xC3\xA9\""s, longest}) {
    cases.push_back({"the chunk extension " + good, extended(good)});
  }
  for (const std::string& bad :
       {";"s,        ";;"s,          ";a;"s,         ";="s,
        ";=b"s,      ";a="s,         ";a=;b"s,       ";a=b c"s,
        ";a b"s,     ";a "s,         ";a=\""s,       ";a=\"b"s,
        ";a=\"b\\"s, ";a=\"b\"c"s,   ";a=b\"c\""s,   ";\"a\""s,
        ";a,b"s,     ";a=\xC3\xA9"s, ";a\n"s,        ";a\nb"s,
        ";a\rb"s,    ";a\0"s,        ";a=\"\x7F\""s, ";a=\"\r\n\""s,
        " a"s,       "a b"s,         longest + "e",  longest + repeated("e", 1000)}) {
    cases.push_back({"the bad chunk extension " + bad, extended(bad), 400, 0});
  }
  cases.push_back({"a chunk extension that never ends", chunked("5;" + repeated("e", 300)), 400, 0});
  cases.push_back({"a chunk extension behind a bare LF",
                   chunked("2;\nxx\r\n31\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n0\r\n\r\n"), 400,
                   0});
  cases.push_back({"more chunk extensions than a head may hold",
                   chunked(repeated("1;" + repeated("e", 200) + "\r\na\r\n", 200) + "0\r\n\r\n"), 431, 0});
  return cases;
}

Cases trailers() {
  const auto ended = [](const std::string& lines) { return chunked("5\r\nhello\r\n0\r\n" + lines + "\r\n"); };
  Cases cases{
      {"a trailer", ended("X: y\r\n")},
      {"two trailers", ended("X: y\r\nZ:\r\n")},
      {"a trailer beyond ASCII", ended("X: \xC3\xA9\r\n")},
      {"98 trailers behind two headers", ended(repeated("X: y\r\n", 98))},
      {"99 trailers behind two headers", ended(repeated("X: y\r\n", 99)), 431, 0},
      {"a trailer that is too long", ended("X: " + repeated("t", 8000) + "\r\n"), 431, 0},
      {"trailers that are too long together", ended(repeated("X: " + repeated("t", 7000) + "\r\n", 5)), 431,
       0},
      {"a trailer without a colon", ended("X\r\n"), 400, 0},
      {"a trailer without a name", ended(": y\r\n"), 400, 0},
      {"a trailer with a space before its colon", ended("X : y\r\n"), 400, 0},
      {"a trailer that is folded", ended("X: y\r\n z\r\n"), 400, 0},
      {"a trailer that begins with a space", ended(" X: y\r\n"), 400, 0},
      {"a trailer with a NUL", ended("X: \0\r\n"s), 400, 0},
      {"a trailer with a bare CR", ended("X: y\rz\r\n"), 400, 0},
      {"a trailer that ends in a bare LF", ended("X: y\n"), 400, 0},
      {"a trailer that hides a break", ended("X: %0d%0a\r\n"), 400, 0},
      {"a request line for a trailer", chunked("0\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"), 400, 0},
  };
  for (const char* name : {"Content-Length", "transfer-encoding", "HOST", "Content-Encoding", "Connection",
                           "Expect", "Upgrade", "Trailer", "TE", "REMOTE_ADDR"}) {
    cases.push_back({"the trailer " + std::string(name), ended(std::string(name) + ": 5\r\n"), 400, 0});
  }
  return cases;
}

}  // namespace

Cases chunk_cases() {
  Cases cases = sizes_and_data();
  for (Cases (*more)() : {extensions, trailers}) {
    for (Case& one : more()) cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace desist::test::wire
