#include "front/poller.hpp"

#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace desist::front {
namespace {

constexpr std::uint32_t connection_events = EPOLLIN | EPOLLRDHUP | EPOLLET;

epoll_event describe(std::uint32_t events, std::uint64_t id) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  return event;
}

bool control(int epoll, int operation, int descriptor, epoll_event event) noexcept {
  return epoll_ctl(epoll, operation, descriptor, &event) == 0;
}

void require(bool fine, const char* what) {
  if (!fine) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  require(static_cast<bool>(epoll_), "epoll_create1");
  require(static_cast<bool>(wake_), "eventfd");
  require(control(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), describe(EPOLLIN, wake)), "epoll_ctl");
}

bool Poller::add_connection(int descriptor, std::uint64_t id) noexcept {
  return control(epoll_.get(), EPOLL_CTL_ADD, descriptor, describe(connection_events, id));
}

void Poller::watch_room(int descriptor, std::uint64_t id) noexcept {
  control(epoll_.get(), EPOLL_CTL_MOD, descriptor, describe(connection_events | EPOLLOUT, id));
}

void Poller::add_listener(int descriptor) {
  require(control(epoll_.get(), EPOLL_CTL_ADD, descriptor, describe(EPOLLIN | EPOLLONESHOT, listener)),
          "epoll_ctl");
}

void Poller::rearm_listener(int descriptor) noexcept {
  control(epoll_.get(), EPOLL_CTL_MOD, descriptor, describe(EPOLLIN | EPOLLONESHOT, listener));
}

void Poller::remove(int descriptor) noexcept {
  control(epoll_.get(), EPOLL_CTL_DEL, descriptor, {});
}

Poller::Event Poller::wait() noexcept {
  for (;;) {
    epoll_event event{};
    // EINTR is the only error that can come of a valid set; it is no event.
    if (epoll_wait(epoll_.get(), &event, 1, -1) == 1) return {event.data.u64, event.events};
  }
}

void Poller::wake_all() noexcept {
  eventfd_write(wake_.get(), 1);
}

}  // namespace desist::front
