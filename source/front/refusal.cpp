#include "front/refusal.hpp"

namespace desist::front {

Written answer_refusal(LiveTree& live, const Refusal& refusal) {
  const std::string id = is_request_id(refusal.id) ? refusal.id : make_request_id();
  const auto request = live.open({.id = id,
                                  .method = refusal.method,
                                  .path = refusal.path,
                                  .route = std::nullopt,
                                  .framed = Clock::now()},
                                 {});
  request->note_error(refusal.detail);
  request->mark_answered(refusal.status);
  request->close();
  return serialise(problem(refusal.status, id, refusal.detail),
                   {.id = id, .method = refusal.method, .connection = Letterhead::Connection::close});
}

}  // namespace desist::front
