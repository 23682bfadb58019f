#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "desist/api.hpp"
#include "desist/store.hpp"

namespace desist {

/// A composite: asks all its parts at once and answers one JSON object, a member for each part in the order
/// given. JSON is checked and spliced in as it is; `text/*` that is UTF-8 becomes a string; anything else is
/// `failed`. A stream is read to its end first. The first failure cancels the other parts (`sibling_failed`)
/// and is the answer, with the part's name before its message. Returns when every part has returned. A part
/// may be an All itself.
class DESIST_API All final : public Store {
 public:
  /// One of the stores that are asked.
  struct Part {
    std::string name;              ///< the member's name, and the worker's
    std::shared_ptr<Store> store;  ///< asked with the same Query as all others; never null
  };
  /// How much an All takes.
  struct Options {
    std::size_t max_part = 16 * 1024 * 1024;  ///< bytes of one part; beyond: `too_large`
  };

  /// Throws std::invalid_argument for two parts of one name, and for a part without a store.
  explicit All(std::vector<Part> parts);
  /// The same, with a limit other than the default.
  All(std::vector<Part> parts, Options options);

  /// Asks all parts; what is above holds.
  [[nodiscard]] Result<Payload> fetch(const Context& ctx, const Query& query) override;

 private:
  std::vector<Part> parts_;
  Options options_;
};

}  // namespace desist
