#include "front/wire/case.hpp"

namespace desist::test::wire {

using namespace std::string_literals;

Cases length_cases() {
  const auto length = [](const std::string& value) {
    return post("Content-Length:" + value + "\r\n", "hello");
  };
  Cases cases{
      {"Content-Length", length(" 5")},
      {"Content-Length without a blank", length("5")},
      {"Content-Length with blanks around", length(" \t5 ")},
      {"Content-Length with leading zeros", length(" 0000000000000000000000000000005")},
      {"Content-Length in any case", post("cONTENT-lENGTH: 5\r\n", "hello")},
      {"Content-Length of zero", post("Content-Length: 0\r\n")},
      {"a body of every byte", post("Content-Length: 6\r\n", "\0\r\n\xFF\n\r"s)},
      {"a body that looks like a request",
       post("Content-Length: 27\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"a body with GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"},
      {"a body with HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"},
      {"a body with DELETE", "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"},
      {"a body with OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"},
      {"a body in HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello"},
      {"a body of the largest size", post("Content-Length: 1048576\r\n", repeated("b", 1048576))},
      {"Content-Length twice", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400, 0},
      {"Content-Length twice alike", post("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"), 400, 0},
      {"Content-Length twice, once empty", post("Content-Length:\r\nContent-Length: 5\r\n", "hello"), 400, 0},
      {"Content-Length of one byte too many", length(" 1048577"), 413, 0},
      {"Content-Length of 2 to the 63rd", length(" 9223372036854775808"), 413, 0},
      {"Content-Length of 2 to the 64th less one", length(" 18446744073709551615"), 413, 0},
      {"Content-Length of 2 to the 64th", length(" 18446744073709551616"), 413, 0},
      {"Content-Length of 2 to the 64th and 5", length(" 18446744073709551621"), 413, 0},
      {"Content-Length of 100 nines", length(" " + repeated("9", 100)), 413, 0},
      {"Content-Length behind a name with a space", post("Content-Length : 5\r\n", "hello"), 400, 0},
      {"Content-Length behind a fold", post("X: y\r\n Content-Length: 5\r\n", "hello"), 400, 0},
  };
  for (const char* bad : {"",
                          "   ",
                          "+5",
                          "-5",
                          "-0",
                          "0x5",
                          "5h",
                          "h5",
                          "5.0",
                          "5e0",
                          "5 5",
                          "5,5",
                          "5, 5",
                          ",5",
                          "5,",
                          "5;",
                          "\"5\"",
                          "\xD9\xA5",
                          "5\v",
                          "NaN",
                          "five",
                          "0b101",
                          "5_0",
                          "05 0",
                          "5\t5",
                          "\xA0"
                          "5"}) {
    cases.push_back(
        {"Content-Length of \"" + std::string(bad) + "\"", length(" " + std::string(bad)), 400, 0});
  }
  return cases;
}

Cases coding_cases() {
  const auto coded = [](const std::string& value) {
    return post("Transfer-Encoding:" + value + "\r\n", "5\r\nhello\r\n0\r\n\r\n");
  };
  const std::string body = "5\r\nhello\r\n0\r\n\r\n";
  Cases cases{
      {"Transfer-Encoding: chunked", coded(" chunked")},
      {"Transfer-Encoding: chunked in any case", coded(" ChUnKeD")},
      {"Transfer-Encoding: chunked without a blank", coded("chunked")},
      {"Transfer-Encoding: chunked with blanks around", coded(" \tchunked\t ")},
      {"a chunked GET", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body},
      {"a chunked OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body},
      {"Transfer-Encoding behind Content-Length",
       post("Content-Length: 15\r\nTransfer-Encoding: chunked\r\n", body), 400, 0},
      {"Content-Length behind Transfer-Encoding",
       post("Transfer-Encoding: chunked\r\nContent-Length: 15\r\n", body), 400, 0},
      {"Transfer-Encoding and a Content-Length of zero",
       post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", body), 400, 0},
      {"Transfer-Encoding and a bad Content-Length",
       post("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", body), 400, 0},
      {"Transfer-Encoding: identity and a Content-Length",
       post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"), 400, 0},
      {"Transfer-Encoding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", body),
       400, 0},
      {"Transfer-Encoding twice, once identity",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", body), 400, 0},
      {"Transfer-Encoding twice, once empty",
       post("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", body), 400, 0},
      {"Transfer-Encoding twice, once in another case",
       post("Transfer-Encoding: cow\r\ntRANSFER-eNCODING: chunked\r\n", body), 400, 0},
      {"Transfer-Encoding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + body, 400,
       0},
      {"Transfer-Encoding: gzip in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n" + body,
       400, 0},
      {"Transfer-Encoding behind a name with a space", post("Transfer-Encoding : chunked\r\n", body), 400, 0},
      {"Transfer-Encoding behind a fold", post("Transfer-Encoding:\r\n chunked\r\n", body), 400, 0},
      {"Transfer-Encoding behind a bare LF", post("X: y\nTransfer-Encoding: chunked\r\n", body), 400, 0},
      {"Transfer-Encoding with a NUL", post("Transfer-Encoding: chunked\0\r\n"s, body), 400, 0},
      {"Transfer-Encoding with a vertical tab", post("Transfer-Encoding: \vchunked\r\n", body), 400, 0},
  };
  for (const char* unknown : {"identity", "gzip", "deflate", "compress", "xchunked", "chunkedx", "chunke",
                              "x", "gzip, chunked", "gzip,chunked", "gzip, deflate", "identity, chunked",
                              "gzip;q=1, chunked", "foo; bar=\"a, b\" ; c = d, chunked", "foo;bar"}) {
    cases.push_back({"the coding " + std::string(unknown), coded(" " + std::string(unknown)), 501, 0});
  }
  for (const char* bad : {"",
                          "  ",
                          ",",
                          "chunked,",
                          ",chunked",
                          ", chunked",
                          "chunked, chunked",
                          "chunked, gzip",
                          "chunked, identity",
                          "gzip,, chunked",
                          "chunked chunked",
                          "gzip chunked",
                          "chunked;",
                          "chunked;a=b",
                          "chunked ; a",
                          "\"chunked\"",
                          "'chunked",
                          "'chunked', x",
                          "chunked\xFF",
                          "\xA0"
                          "chunked",
                          "[chunked]",
                          "chunked/1",
                          "gzip;",
                          "gzip;=x",
                          "gzip;a=\"",
                          "gzip;a=\"\\",
                          "chunked:",
                          "gzip, ",
                          "=chunked"}) {
    const bool token = std::string_view(bad) == "'chunked";  // an apostrophe is a token character
    cases.push_back({"the coding \"" + std::string(bad) + "\"", coded(" " + std::string(bad)),
                     token || std::string_view(bad) == "'chunked', x" ? 501 : 400, 0});
  }
  return cases;
}

Cases option_cases() {
  const std::string get_with = "GET / HTTP/1.1\r\nHost: a\r\n";
  return {
      {"Expect: 100-continue", post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello")},
      {"Expect: 100-continue in any case", post("expect: 100-CONTINUE\r\nContent-Length: 5\r\n", "hello")},
      {"Expect: 100-continue with chunks",
       post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"Expect: 100-continue without a body", post("Expect: 100-continue\r\n")},
      {"Expect: 100-continue in HTTP/1.0",
       "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"},
      {"Expect: 200-ok", post("Expect: 200-ok\r\n"), 417, 0},
      {"an empty Expect", post("Expect:\r\n"), 417, 0},
      {"a list for Expect", post("Expect: 100-continue, x\r\n"), 417, 0},
      {"Expect twice", post("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417, 0},
      {"Expect with a parameter", post("Expect: 100-continue;a\r\n"), 417, 0},
      {"Expect and a body too large", post("Expect: 100-continue\r\nContent-Length: 1048577\r\n"), 413, 0},
      {"Content-Encoding: identity", post("Content-Encoding: identity\r\nContent-Length: 5\r\n", "hello")},
      {"Content-Encoding: identity in any case", post("content-encoding: IDENTITY\r\n")},
      {"Content-Encoding: gzip", post("Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"), 415, 0},
      {"Content-Encoding: br without a body", post("Content-Encoding: br\r\n"), 415, 0},
      {"Content-Encoding twice, once gzip", post("Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"),
       415, 0},
      {"an empty Content-Encoding", post("Content-Encoding:\r\n"), 415, 0},
      {"a list for Content-Encoding", post("Content-Encoding: identity, gzip\r\n"), 415, 0},
      {"Connection: keep-alive", get_with + "Connection: keep-alive\r\n\r\n"},
      {"Connection: close", get_with + "Connection: close\r\n\r\n"},
      {"Connection: Close in any case", get_with + "cOnNeCtIoN: cLoSe\r\n\r\n"},
      {"Connection with both", get_with + "Connection: keep-alive, close\r\n\r\n"},
      {"Connection with other tokens", get_with + "Connection: Upgrade, HTTP2-Settings\r\n\r\n"},
      {"Connection with empty elements", get_with + "Connection: , ,keep-alive,,\r\n\r\n"},
      {"an empty Connection", get_with + "Connection:\r\n\r\n"},
      {"Connection twice", get_with + "Connection: keep-alive\r\nConnection: close\r\n\r\n"},
      {"Connection with two words", get_with + "Connection: keep alive\r\n\r\n", 400, 0},
      {"Connection with a quoted word", get_with + "Connection: \"close\"\r\n\r\n", 400, 0},
      {"Connection with a parameter", get_with + "Connection: close;a\r\n\r\n", 400, 0},
      {"Connection beyond ASCII", get_with + "Connection: clos\xC3\xA9\r\n\r\n", 400, 0},
      {"Upgrade to a WebSocket", get_with + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
      {"a Range", get_with + "Range: bytes=0-1,2-3\r\n\r\n"},
      {"an X-Request-Id", get_with + "X-Request-Id: abc.DEF-1_2\r\n\r\n"},
      {"an ill-formed X-Request-Id", get_with + "X-Request-Id: a b/\"c\"\r\n\r\n"},
  };
}

}  // namespace desist::test::wire
