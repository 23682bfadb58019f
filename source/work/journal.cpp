#include "desist/journal.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

namespace desist {

std::string_view to_string(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::opened:
      return "opened";
    case EventKind::spawned:
      return "spawned";
    case EventKind::told:
      return "told";
    case EventKind::answered:
      return "answered";
    case EventKind::stopped:
      return "stopped";
    case EventKind::overdue:
      return "overdue";
    case EventKind::closed:
      return "closed";
  }
  std::terminate();  // not one of the closed set
}

void Journal::subscribe(Subscriber subscriber) {
  if (!subscriber) throw std::invalid_argument("a subscriber without a function");
  subscribers_.push_back(std::move(subscriber));
}

void Journal::emit(const Event& event) const noexcept {
  for (const Subscriber& subscriber : subscribers_) subscriber(event);
}

}  // namespace desist
