#include "context/timer.hpp"
namespace desist {
std::size_t armed_timers() noexcept { return 0; }
}  // namespace desist
