#pragma once

/// A hierarchical timing wheel (Varghese and Lauck, 1987), as pure data: no clock, no thread, no lock. Eight
/// levels of 64 slots; a slot of level n spans 64^n ticks, and an entry lies on the level of the highest
/// digit (base 64) in which its tick differs from the present. So arming and disarming are O(1), and an
/// entry moves down at most seven times.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace desist::detail {

/// What can be armed. Intrusive: the owner keeps it alive while it is armed.
class TimerEntry {
 public:
  TimerEntry(const TimerEntry&) = delete;
  TimerEntry& operator=(const TimerEntry&) = delete;
  virtual ~TimerEntry() = default;

  /// Called when it is taken off the wheel, under the timer lock, while it is certainly alive: keeps it
  /// alive until `fire`. Must not lock.
  virtual void pin() noexcept = 0;
  /// Called after `pin`, with no lock held; drops what `pin` took.
  virtual void fire() noexcept = 0;

 protected:
  TimerEntry() noexcept = default;

 private:
  friend class Wheel;
  TimerEntry* next_ = nullptr;
  TimerEntry** link_ = nullptr;  // what points at this entry; null while it is not armed
  std::uint64_t tick_ = 0;
  std::uint32_t slot_ = 0;
};

class Wheel {
 public:
  using Tick = std::uint64_t;  ///< below 2^48

  Wheel() noexcept = default;
  Wheel(const Wheel&) = delete;
  Wheel& operator=(const Wheel&) = delete;
  ~Wheel() = default;

  /// Arms an entry that is not armed. A tick that has passed makes it due at once.
  void insert(TimerEntry& entry, Tick tick) noexcept;
  /// Disarms it; false where it was not armed.
  bool remove(TimerEntry& entry) noexcept;

  /// Moves time on towards `now`, until something is due, or `budget` entries have been moved. False where
  /// the budget ran out: call it again.
  bool advance(Tick now, std::size_t budget) noexcept;
  /// Takes one due entry, no longer armed; null where none is.
  TimerEntry* take_due() noexcept;

  [[nodiscard]] bool has_due() const noexcept { return due_ != nullptr; }
  /// When to call `advance` again: never later than the earliest entry; empty where nothing is armed.
  [[nodiscard]] std::optional<Tick> next() const noexcept;
  /// How many entries are armed, due ones too.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  static constexpr unsigned digit_bits = 6;
  static constexpr std::uint32_t levels = 8;
  static constexpr std::uint32_t slots = 1U << digit_bits;
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct Event {
    std::uint32_t slot;
    Tick tick;
  };
  [[nodiscard]] std::optional<Event> next_event() const noexcept;
  void link(TimerEntry& entry) noexcept;
  void unlink(TimerEntry& entry) noexcept;
  static void push(TimerEntry*& head, TimerEntry& entry) noexcept;

  std::array<TimerEntry*, std::size_t{levels} * slots> heads_{};  // level * 64 + digit
  std::array<std::uint64_t, levels> occupied_{};                  // a bit for each slot that is not empty
  TimerEntry* due_ = nullptr;
  std::uint32_t cascading_ = none;  // the slot whose entries are being moved down
  Tick elapsed_ = 0;                // every entry outside due_ and the cascading slot lies after it
  std::size_t size_ = 0;
};

}  // namespace desist::detail
