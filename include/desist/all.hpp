#pragma once

#include <memory>
#include <string>
#include <vector>

#include "desist/store.hpp"

namespace desist {

/// A composite: asks all its parts at once and answers one JSON object, a member for each part in the order given.
/// JSON is spliced in, UTF-8 text becomes a string; anything else fails. The first failure cancels the other parts
/// (`sibling_failed`) and is the answer. Returns when every part has returned.
class All final : public Store {
 public:
  struct Part {
    std::string name;  ///< the member's name, and the worker's
    std::shared_ptr<Store> store;
  };
  struct Options {
    std::size_t max_part = 16 * 1024 * 1024;  ///< bytes of one part; beyond: `too_large`
  };

  explicit All(std::vector<Part> parts);
  All(std::vector<Part> parts, Options options);

  [[nodiscard]] Result<Payload> fetch(const Context& ctx, const Query& query) override;

 private:
  std::vector<Part> parts_;
  Options options_;
};

}  // namespace desist
