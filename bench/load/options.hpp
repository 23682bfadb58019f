#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

#include <netinet/in.h>

namespace load {

/// The command line is wrong: says what about it, and what would be right.
class Misuse : public std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// `--name value` pairs after the mode. What is missing, misspelt or given twice throws Misuse.
class Options {
 public:
  Options(int argc, char** argv);
  [[nodiscard]] const std::string& mode() const noexcept { return mode_; }
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise);
  [[nodiscard]] std::string text(const std::string& name);

  /// "127.0.0.1:8080".
  [[nodiscard]] sockaddr_in address(const std::string& name);

  struct Number {
    std::int64_t otherwise = 0;  ///< where the option is not given
    std::int64_t least = 1;
    std::int64_t most = 1'000'000'000;  ///< as milliseconds in nanoseconds, it still fits
  };
  [[nodiscard]] std::int64_t number(const std::string& name, const Number& expected);

  /// When all have been asked for: throws for one that nobody wanted.
  void expect_no_more() const;

 private:
  std::string mode_;
  std::map<std::string, std::string> given_;
};

}  // namespace load
