#pragma once

/// The workers of one request, written by themselves and read by anybody, without a lock.
///
/// 1. A record belongs to one worker at a time, its owner, from `begin` to `give_back`. Its name and kind are
/// guarded
///    by a sequence lock (`version_`, odd while the owner writes): the owner never waits, a reader reads
///    again.
/// 2. `state_` is one word: how often the record was begun, and the flags of the present use. Only a
/// compare-exchange
///    changes it, so nobody can mark a worker that has taken the place of another.
/// 3. All fields are atomics. Data is stored with release and loaded with acquire, in place of the fences
/// that a
///    sequence lock usually has: who reads a new value also sees that the version is odd.
/// 4. The first `kept` workers keep their records until the request ends: the log lists them. Records of
/// later ones are
///    reused, the last returned first: a request that starts a million workers one after another stays flat.
/// 5. Records stand in chunks that double in size and are freed with the table: an address stays valid
/// throughout.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <sys/types.h>

#include "desist/cause.hpp"
#include "desist/clock.hpp"
#include "desist/live_tree.hpp"

namespace desist::detail {

/// Text of at most `Size - 1` bytes; the rest is cut, between characters.
template <std::size_t Size>
class ShortText {
 public:
  ShortText() noexcept = default;
  explicit ShortText(std::string_view text) noexcept {
    std::size_t size = text.size();
    if (size >= Size) {
      size = Size - 1;
      while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;  // UTF-8
    }
    text.copy(bytes_.data(), size);
  }
  [[nodiscard]] std::string_view view() const noexcept { return bytes_.data(); }

 private:
  friend class WorkerRecord;
  std::array<char, Size> bytes_{};
};

/// What tells one worker from another; what the Journal's events say.
struct Identity {
  std::uint64_t id = 0;
  ShortText<48> name;
  ShortText<16> kind;
  TimePoint started;
};

class WorkerRecord {
 public:
  // --- by its owner ---
  void begin(const Identity& identity) noexcept;
  void change_kind(std::string_view kind) noexcept;
  void checkpoint(const char* text) noexcept { checkpoint_.store(text, std::memory_order_relaxed); }
  void note_pid(pid_t pid) noexcept { pid_.store(pid, std::memory_order_release); }
  /// Waits, where the worker is being reported overdue at this moment, for the end of that.
  void end(Outcome outcome, TimePoint at) noexcept;
  /// The first telling counts, and returns true. Also from the owner's hooks, on other threads.
  bool tell(Reason reason, TimePoint at) noexcept;

  // --- by anybody ---
  struct Seen {
    std::uint64_t state = 0;  // to be handed to `begin_overdue`
    Identity identity;
    Outcome outcome = Outcome::running;
    bool overdue = false;
    pid_t pid = 0;
    const char* checkpoint = nullptr;
    Reason reason = Reason::cancelled;  // where told
    std::optional<TimePoint> told;
    std::optional<TimePoint> stopped;
  };
  /// Empty where no worker has begun in this record.
  [[nodiscard]] std::optional<Seen> read() const noexcept;
  [[nodiscard]] bool running() const noexcept;
  /// Below `WorkerTable::kept`: one of the first.
  [[nodiscard]] std::uint32_t slot() const noexcept { return slot_; }
  /// Torn unless read by the owner.
  [[nodiscard]] Identity identity() const noexcept;

  /// Marks the worker that was `seen` overdue, unless it has stopped, been told or been marked since. Where
  /// it returns true the worker does not end before `end_overdue`.
  [[nodiscard]] bool begin_overdue(const Seen& seen) noexcept;
  void end_overdue() noexcept;

 private:
  friend class WorkerTable;
  std::atomic<std::uint64_t> state_{0};
  std::atomic<std::uint32_t> version_{0};
  std::atomic<std::uint32_t> next_free_{0};  // of the table's free list: slot + 1
  std::uint32_t slot_ = 0;                   // fixed at the making
  std::atomic<pid_t> pid_{0};
  std::array<std::atomic<std::uint64_t>, 6> name_{};
  std::array<std::atomic<std::uint64_t>, 2> kind_{};
  std::atomic<std::uint64_t> id_{0};
  std::atomic<TimePoint::rep> started_{0};
  std::atomic<TimePoint::rep> told_{0};
  std::atomic<TimePoint::rep> stopped_{0};
  std::atomic<const char*> checkpoint_{nullptr};
  std::atomic<Reason> reason_{Reason::cancelled};
};

class WorkerTable {
 public:
  static constexpr std::size_t kept = 100;

  WorkerTable() noexcept;
  WorkerTable(const WorkerTable&) = delete;
  WorkerTable& operator=(const WorkerTable&) = delete;
  ~WorkerTable();

  /// A record for a new worker, whose id it sets.
  [[nodiscard]] WorkerRecord& begin(Identity identity);
  /// After its end.
  void give_back(WorkerRecord& record) noexcept;

  [[nodiscard]] std::size_t begun() const noexcept { return begun_.load(std::memory_order_acquire); }

  /// Calls `visit` with every record that has been in use, the kept ones first and in the order of their
  /// start.
  template <class Visit>
  void each(Visit&& visit) {
    std::uint32_t left = slots_.load(std::memory_order_acquire);
    for (std::size_t chunk = 0; chunk < chunks_.size() && left > 0; ++chunk) {
      WorkerRecord* records = chunks_[chunk].load(std::memory_order_acquire);
      const std::uint32_t size = left < size_of(chunk) ? left : size_of(chunk);
      for (std::uint32_t i = 0; records != nullptr && i < size; ++i) visit(records[i]);
      left -= size;
    }
  }

 private:
  static constexpr std::uint32_t first_size = 4;
  static constexpr std::uint32_t size_of(std::size_t chunk) noexcept { return first_size << chunk; }

  [[nodiscard]] WorkerRecord& at(std::uint32_t slot);
  [[nodiscard]] WorkerRecord* take_free() noexcept;
  void raise_slots(std::uint32_t least) noexcept;

  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::uint32_t> slots_{0};                  // all slots in use are below
  std::atomic<std::uint32_t> next_slot_{kept};           // of those beyond the kept ones
  std::atomic<std::uint64_t> free_{0};                   // a count of changes above, slot + 1 below
  std::array<std::atomic<WorkerRecord*>, 24> chunks_{};  // the first is `few_`
  std::array<WorkerRecord, first_size> few_;
};

}  // namespace desist::detail
