#include "desist/wait_list.hpp"

namespace desist::detail {

void WaitList::add(WaitPlace& place, Waiter& waiter, std::size_t index) noexcept {
  place.waiter_ = &waiter;
  place.index_ = index;
  place.previous_ = last_;
  place.next_ = nullptr;
  place.listed_ = true;
  (last_ != nullptr ? last_->next_ : first_) = &place;
  last_ = &place;
}

void WaitList::remove(WaitPlace& place) noexcept {
  if (!place.listed_) return;
  (place.previous_ != nullptr ? place.previous_->next_ : first_) = place.next_;
  (place.next_ != nullptr ? place.next_->previous_ : last_) = place.previous_;
  place.listed_ = false;
}

WaitPlace* WaitList::claim_first() noexcept {
  while (WaitPlace* place = first_) {
    remove(*place);
    place->next_ = nullptr;
    if (place->waiter_->claim(place->index_)) return place;
  }
  return nullptr;
}

WaitPlace* WaitList::claim_all() noexcept {
  WaitPlace* first = claim_first();
  for (WaitPlace* last = first; last != nullptr; last = last->next_) last->next_ = claim_first();
  return first;
}

void wake_all(WaitPlace* first) noexcept {
  while (first != nullptr) {
    WaitPlace* next = first->next_;  // the place ends with the wake
    first->waiter_->wake();
    first = next;
  }
}

}  // namespace desist::detail
