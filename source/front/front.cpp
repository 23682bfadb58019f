#include "front/front.hpp"

#include <utility>

#include <strings.h>

#include "front/engine.hpp"

namespace desist::front {

std::string_view Request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
  }
  return {};
}

struct Front::Impl : Engine {
  using Engine::Engine;
};

Front::Front(Options options, Service& service, LiveTree& live, Pool& pool)
    : impl_(std::make_unique<Impl>(std::move(options), service, live, pool)) {}
Front::~Front() = default;

std::uint16_t Front::port() const noexcept {
  return impl_->port();
}
void Front::start() {
  impl_->start();
}
void Front::drain() {
  impl_->drain();
}
bool Front::wait_closed(TimePoint deadline, std::stop_token give_up) {
  return impl_->connections().wait_empty(deadline, std::move(give_up));
}
std::size_t Front::connections() const noexcept {
  return impl_->connections().size();
}

}  // namespace desist::front
