#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace load {

/// `--name value` pairs after the mode. What is missing or misspelt throws std::invalid_argument.
class Options {
 public:
  Options(int argc, char** argv);
  [[nodiscard]] const std::string& mode() const noexcept { return mode_; }
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise);
  [[nodiscard]] std::string text(const std::string& name);
  [[nodiscard]] std::int64_t number(const std::string& name, std::int64_t otherwise);
  /// When all have been asked for: throws for one that nobody wanted.
  void expect_no_more() const;

 private:
  std::string mode_;
  std::map<std::string, std::string> given_;
};

}  // namespace load
