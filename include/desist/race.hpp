#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "desist/task_group.hpp"

namespace desist {

/// One of those that a race asks.
template <class T>
struct Contender {
  std::string name;  ///< the worker's
  /// Runs on a thread of its own; gives up soon after its Context stops. A throw counts as `failed`.
  std::function<Result<T>(const Context&)> run;
};

/// Asks all at once; the first value wins. The others are cancelled with `lost_race` and waited for: when it
/// returns, nothing of it runs. A value that is there wins over a stop too. Where all fail: the last failure
/// in time. No contenders: `invalid`.
template <class T>
[[nodiscard]] Result<T> race(const Context& ctx, std::vector<Contender<T>> contenders) {
  std::vector<std::optional<T>> values(contenders.size());  // each written by its contender alone
  TaskGroup group(ctx, Until::first_success);
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    group.spawn(
        contenders[i].name,
        [run = std::move(contenders[i].run), &value = values[i]](const Context& inner) -> Result<void> {
          Result<T> result = run(inner);
          if (!result) return tl::unexpected<Error>(std::move(result).error());
          value.emplace(std::move(*result));
          return {};
        });
  }
  if (Result<void> result = group.wait(); !result) return tl::unexpected<Error>(std::move(result).error());
  return std::move(*values[*group.first_success()]);
}

}  // namespace desist
