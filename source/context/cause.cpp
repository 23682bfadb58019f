#include "desist/cause.hpp"

#include <exception>

namespace desist {

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::client_gone:
      return "client_gone";
    case Reason::deadline_exceeded:
      return "deadline_exceeded";
    case Reason::shutting_down:
      return "shutting_down";
    case Reason::sibling_failed:
      return "sibling_failed";
    case Reason::lost_race:
      return "lost_race";
    case Reason::no_waiters:
      return "no_waiters";
    case Reason::operator_cancelled:
      return "operator_cancelled";
    case Reason::cancelled:
      return "cancelled";
  }
  std::terminate();  // not one of the closed set
}

}  // namespace desist
