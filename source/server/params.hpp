#pragma once

/// The parameters of one route: from text that a client sent to values that a Store can trust.
///
/// A value is decoded, must be UTF-8 without NUL, must match its RE2 pattern as a whole, and must fit its
/// type. RE2 takes time linear in the value and a bounded amount of memory, whatever the pattern; each is
/// compiled once.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "desist/query.hpp"
#include "desist/server.hpp"

namespace re2 {
class RE2;
}

namespace desist::server {

class Params {
 public:
  using Values = std::map<std::string, ParamValue, std::less<>>;

  /// `in_path` names the parameters of the path, in order; of `declared`, the others come from the query
  /// string. Throws std::invalid_argument, naming route and parameter, for a pattern that does not compile, a
  /// name that cannot work, a fallback that would be refused if a client sent it.
  Params(const std::string& route, const std::vector<std::string>& in_path,
         const std::map<std::string, Param>& declared);
  Params(Params&&) noexcept;
  ~Params();

  /// `path_values` as the router found them, decoded; `query` raw. Where a value is not what it has to be: a
  /// sentence that may be sent to the client, naming the parameter and what would be right; it never repeats
  /// the value.
  [[nodiscard]] tl::expected<Values, std::string> read(const std::vector<std::string>& path_values,
                                                       std::string_view query) const;

 private:
  struct Rule;

  [[nodiscard]] const Rule* find_in_query(std::string_view name) const;

  std::vector<Rule> in_path_;
  std::vector<Rule> in_query_;
};

}  // namespace desist::server
