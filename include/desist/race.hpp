#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "desist/task_group.hpp"

namespace desist {

template <class T>
struct Contender {
  std::string name;
  std::function<Result<T>(const Context&)> run;
};

// race(ctx, contenders): asks all at once; the first value wins. The others are cancelled with `lost_race` and waited
// for: when it returns, nothing of it runs. Where all fail: the last failure in time. No contenders: `invalid`.
// (Declared and defined by the implementation of this header.)

}  // namespace desist
