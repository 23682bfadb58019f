#pragma once

/// Finds what a path stands for. Pure: no request, no Store; targets are numbers that its owner gives
/// meaning.
///
/// A path is cut at its slashes while it is still percent-encoded, so that an encoded slash stays within its
/// segment; then each segment is decoded and compared. A literal segment comes before a parameter, at the
/// first segment where two routes differ; a parameter takes exactly one segment, which is not empty. `/a` and
/// `/a/` are two paths. The path alone decides which resource is meant; a method that this resource does not
/// take is refused, not looked for in a less specific route.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace desist::server {

class Router {
 public:
  struct Found {
    std::size_t target = 0;
    std::vector<std::string> values;  ///< one for each parameter of the path, in order, decoded
  };
  struct NotFound {};
  struct NotAllowed {
    std::string_view allow;  ///< the value of the Allow header; lives as long as the router
  };
  struct Malformed {};  ///< an escape that is none

  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// Adds a route and returns the names of its path's parameters, in order. Throws std::invalid_argument for
  /// a path or method that cannot work, or where another route takes the same method for the same paths,
  /// naming both.
  std::vector<std::string> add(const std::string& path, const std::vector<std::string>& methods,
                               std::size_t target);

  /// GET answers HEAD too, unless a route takes HEAD itself. OPTIONS is NotAllowed where no route takes it:
  /// the caller answers it from `allow`, which always names it. The path "*" is every path at once.
  [[nodiscard]] std::variant<Found, NotFound, NotAllowed, Malformed> find(std::string_view method,
                                                                          std::string_view path) const;

 private:
  struct Node;
  struct Search;

  std::unique_ptr<Node> root_;
  std::size_t depth_ = 0;  // segments of the longest route: a path with more is not found without being read
  std::string allow_all_ = "OPTIONS";
};

}  // namespace desist::server
