#include "context/wheel.hpp"

#include <algorithm>
#include <bit>

namespace desist::detail {

void Wheel::push(TimerEntry*& head, TimerEntry& entry) noexcept {
  entry.next_ = head;
  entry.link_ = &head;
  if (head != nullptr) head->link_ = &entry.next_;
  head = &entry;
}

void Wheel::link(TimerEntry& entry) noexcept {
  if (entry.tick_ <= elapsed_) {
    push(due_, entry);
    return;
  }
  const auto top_bit = static_cast<unsigned>(std::bit_width(entry.tick_ ^ elapsed_)) - 1;
  const unsigned level = top_bit / digit_bits;
  const auto digit = static_cast<std::uint32_t>(entry.tick_ >> (level * digit_bits)) & (slots - 1);
  entry.slot_ = level * slots + digit;
  push(heads_[entry.slot_], entry);
  occupied_[level] |= std::uint64_t{1} << digit;
}

void Wheel::unlink(TimerEntry& entry) noexcept {
  *entry.link_ = entry.next_;
  if (entry.next_ != nullptr) entry.next_->link_ = entry.link_;
  entry.link_ = nullptr;
  // A due entry still bears its former slot; the bit says whether that is empty either way.
  if (heads_[entry.slot_] == nullptr) {
    occupied_[entry.slot_ / slots] &= ~(std::uint64_t{1} << (entry.slot_ % slots));
  }
}

void Wheel::insert(TimerEntry& entry, Tick tick) noexcept {
  entry.tick_ = tick;
  link(entry);
  ++size_;
}

bool Wheel::remove(TimerEntry& entry) noexcept {
  if (entry.link_ == nullptr) return false;
  unlink(entry);
  --size_;
  return true;
}

TimerEntry* Wheel::take_due() noexcept {
  TimerEntry* const entry = due_;
  if (entry != nullptr) remove(*entry);
  return entry;
}

// A lower level lies wholly before every higher one, and within a level all slots lie after the present.
std::optional<Wheel::Event> Wheel::next_event() const noexcept {
  for (unsigned level = 0; level < levels; ++level) {
    if (occupied_[level] == 0) continue;
    const auto digit = static_cast<std::uint32_t>(std::countr_zero(occupied_[level]));
    const unsigned shift = level * digit_bits;
    const Tick above = elapsed_ >> (shift + digit_bits) << (shift + digit_bits);
    return Event{level * slots + digit, above + (Tick{digit} << shift)};
  }
  return std::nullopt;
}

std::optional<Wheel::Tick> Wheel::next() const noexcept {
  if (due_ != nullptr || cascading_ != none) return elapsed_;
  const std::optional<Event> event = next_event();
  return event ? std::optional(event->tick) : std::nullopt;
}

bool Wheel::advance(Tick now, std::size_t budget) noexcept {
  while (due_ == nullptr) {
    if (cascading_ == none) {
      const std::optional<Event> event = next_event();
      if (!event || event->tick > now) {
        elapsed_ = std::max(elapsed_, now);
        return true;
      }
      elapsed_ = event->tick;
      cascading_ = event->slot;
      if (event->slot < slots) {  // the lowest level: all of them are due, whatever their number
        due_ = heads_[event->slot];
        due_->link_ = &due_;
        heads_[event->slot] = nullptr;
        occupied_[0] &= ~(std::uint64_t{1} << event->slot);
        cascading_ = none;
        return true;
      }
    }
    while (TimerEntry* const entry = heads_[cascading_]) {
      if (budget-- == 0) return false;
      unlink(*entry);
      link(*entry);
    }
    cascading_ = none;
  }
  return true;
}

}  // namespace desist::detail
