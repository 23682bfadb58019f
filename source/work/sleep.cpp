#include "desist/sleep.hpp"

#include <utility>

#include "context/saturate.hpp"

namespace desist {
namespace {

Result<void> wait_for(const Context& ctx, const Alarm& alarm) {
  if (Result<std::size_t> came = wait_any(ctx, alarm); !came) {
    return tl::unexpected<Error>(std::move(came).error());
  }
  return {};
}

}  // namespace

Alarm Alarm::in(Duration duration) noexcept {
  return Alarm(after(duration));
}

Result<void> sleep_until(const Context& ctx, TimePoint at) {
  return wait_for(ctx, Alarm(at));
}

Result<void> sleep_for(const Context& ctx, Duration duration) {
  return wait_for(ctx, Alarm::in(duration));
}

}  // namespace desist
