#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "desist/api.hpp"

namespace desist {

/// Why a Context stopped. A closed set: logs, answers and metrics tell their readers no other words.
enum class Reason : std::uint8_t {
  client_gone,         ///< the client closed, reset or half-closed its connection
  deadline_exceeded,   ///< the time that this work was given ran out
  shutting_down,       ///< the server stops, and its grace period is over
  sibling_failed,      ///< another member of the same TaskGroup failed
  lost_race,           ///< another contender of the same race answered first
  no_waiters,          ///< the last request that waited for a shared fetch left
  operator_cancelled,  ///< a person said so, through the admin listener
  cancelled,           ///< the owner of the Scope cancelled it or let it end
};

/// The name as it stands in logs and answers: "client_gone".
DESIST_API [[nodiscard]] std::string_view to_string(Reason reason) noexcept;

/// Why a Context stopped, in one word and, where there is more to say, in a sentence for people. The first
/// cause of a Context wins and is never replaced; its descendants report the same one.
struct DESIST_API Cause {
  Reason reason = Reason::cancelled;  ///< the one word
  std::string detail;                 ///< may be empty; for logs, never for clients

  friend bool operator==(const Cause&, const Cause&) = default;
};

}  // namespace desist
