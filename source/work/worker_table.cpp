#include "work/worker_table.hpp"

#include <cstring>
#include <thread>

namespace desist::detail {
namespace {

// The flags in the low byte of a record's state; the bits above count its uses.
constexpr std::uint64_t running_flag = 1;
constexpr std::uint64_t told_flag = 2;
constexpr std::uint64_t overdue_flag = 4;
constexpr std::uint64_t reporting_flag = 8;
constexpr unsigned outcome_shift = 4;
constexpr std::uint64_t outcome_mask = 3U << outcome_shift;
constexpr unsigned use_shift = 8;

constexpr std::uint64_t use_of(std::uint64_t state) noexcept {
  return state >> use_shift;
}

constexpr Outcome outcome_of(std::uint64_t state) noexcept {
  return static_cast<Outcome>((state & outcome_mask) >> outcome_shift);
}

template <std::size_t Words, std::size_t Size>
void store(std::array<std::atomic<std::uint64_t>, Words>& words,
           const std::array<char, Size>& text) noexcept {
  static_assert(Words * sizeof(std::uint64_t) == Size);
  for (std::size_t i = 0; i < Words; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i * sizeof(word), sizeof(word));
    words[i].store(word, std::memory_order_release);
  }
}

template <std::size_t Words, std::size_t Size>
void load(const std::array<std::atomic<std::uint64_t>, Words>& words, std::array<char, Size>& text) noexcept {
  static_assert(Words * sizeof(std::uint64_t) == Size);
  for (std::size_t i = 0; i < Words; ++i) {
    const std::uint64_t word = words[i].load(std::memory_order_acquire);
    std::memcpy(text.data() + i * sizeof(word), &word, sizeof(word));
  }
}

TimePoint time_of(TimePoint::rep count) noexcept {
  return TimePoint(Duration(count));
}

}  // namespace

void WorkerRecord::begin(const Identity& identity) noexcept {
  // The state changes while the version is odd: a reader that pairs the old state with the new name, or the
  // other way round, finds either of them changed.
  const std::uint32_t version = version_.load(std::memory_order_relaxed);
  version_.store(version + 1, std::memory_order_relaxed);
  store(name_, identity.name.bytes_);
  store(kind_, identity.kind.bytes_);
  id_.store(identity.id, std::memory_order_release);
  started_.store(identity.started.time_since_epoch().count(), std::memory_order_release);
  told_.store(0, std::memory_order_release);
  stopped_.store(0, std::memory_order_release);
  pid_.store(0, std::memory_order_release);
  checkpoint_.store(nullptr, std::memory_order_release);
  const std::uint64_t use = use_of(state_.load(std::memory_order_relaxed)) + 1;
  state_.store((use << use_shift) | running_flag, std::memory_order_release);
  version_.store(version + 2, std::memory_order_release);
}

void WorkerRecord::change_kind(std::string_view kind) noexcept {
  const std::uint32_t version = version_.load(std::memory_order_relaxed);
  version_.store(version + 1, std::memory_order_relaxed);
  store(kind_, ShortText<16>(kind).bytes_);
  version_.store(version + 2, std::memory_order_release);
}

void WorkerRecord::end(Outcome outcome, TimePoint at) noexcept {
  stopped_.store(at.time_since_epoch().count(), std::memory_order_release);
  std::uint64_t state = state_.load(std::memory_order_acquire);
  for (;;) {
    if ((state & reporting_flag) != 0) {
      state_.wait(state, std::memory_order_acquire);
      state = state_.load(std::memory_order_acquire);
      continue;
    }
    const std::uint64_t ended =
        (state & ~running_flag) | (static_cast<std::uint64_t>(outcome) << outcome_shift);
    if (state_.compare_exchange_weak(state, ended, std::memory_order_acq_rel)) return;
  }
}

bool WorkerRecord::tell(Reason reason, TimePoint at) noexcept {
  TimePoint::rep none = 0;
  if (!told_.compare_exchange_strong(none, at.time_since_epoch().count(), std::memory_order_acq_rel))
    return false;
  reason_.store(reason, std::memory_order_release);
  state_.fetch_or(told_flag, std::memory_order_acq_rel);
  return true;
}

Identity WorkerRecord::identity() const noexcept {
  Identity identity;
  load(name_, identity.name.bytes_);
  load(kind_, identity.kind.bytes_);
  identity.id = id_.load(std::memory_order_acquire);
  identity.started = time_of(started_.load(std::memory_order_acquire));
  return identity;
}

std::optional<WorkerRecord::Seen> WorkerRecord::read() const noexcept {
  for (;; std::this_thread::yield()) {
    Seen seen;
    seen.state = state_.load(std::memory_order_acquire);
    const std::uint32_t version = version_.load(std::memory_order_acquire);
    if (version == 0) return std::nullopt;
    if (version % 2 != 0) continue;
    seen.identity = identity();
    seen.outcome = outcome_of(seen.state);
    seen.overdue = (seen.state & overdue_flag) != 0;
    seen.pid = pid_.load(std::memory_order_acquire);
    seen.checkpoint = checkpoint_.load(std::memory_order_acquire);
    if ((seen.state & told_flag) != 0) {
      seen.reason = reason_.load(std::memory_order_acquire);
      seen.told = time_of(told_.load(std::memory_order_acquire));
    }
    if ((seen.state & running_flag) == 0) seen.stopped = time_of(stopped_.load(std::memory_order_acquire));
    if (version_.load(std::memory_order_acquire) == version &&
        use_of(state_.load(std::memory_order_acquire)) == use_of(seen.state)) {
      return seen;
    }
  }
}

bool WorkerRecord::running() const noexcept {
  return (state_.load(std::memory_order_acquire) & running_flag) != 0;
}

bool WorkerRecord::begin_overdue(const Seen& seen) noexcept {
  if ((seen.state & running_flag) == 0 || seen.overdue) return false;
  std::uint64_t expected = seen.state;
  return state_.compare_exchange_strong(expected, expected | overdue_flag | reporting_flag,
                                        std::memory_order_acq_rel);
}

void WorkerRecord::end_overdue() noexcept {
  state_.fetch_and(~reporting_flag, std::memory_order_acq_rel);
  state_.notify_all();
}

WorkerTable::WorkerTable() noexcept {
  for (std::uint32_t i = 0; i < first_size; ++i) few_[i].slot_ = i;
  chunks_[0].store(few_.data(), std::memory_order_release);
}

WorkerTable::~WorkerTable() {
  for (std::size_t chunk = 1; chunk < chunks_.size(); ++chunk) {
    const std::unique_ptr<WorkerRecord[]> owned(chunks_[chunk].load(std::memory_order_acquire));
  }
}

WorkerRecord& WorkerTable::begin(Identity identity) {
  identity.id = begun_.fetch_add(1, std::memory_order_acq_rel) + 1;
  WorkerRecord* record = nullptr;
  if (identity.id <= kept) {
    record = &at(static_cast<std::uint32_t>(identity.id - 1));
  } else {
    record = take_free();
    if (record == nullptr) record = &at(next_slot_.fetch_add(1, std::memory_order_relaxed));
  }
  record->begin(identity);
  raise_slots(record->slot_ + 1);
  return *record;
}

void WorkerTable::give_back(WorkerRecord& record) noexcept {
  if (record.slot_ < kept) return;
  std::uint64_t head = free_.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    record.next_free_.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
    next = (((head >> 32U) + 1) << 32U) | (record.slot_ + 1);
  } while (!free_.compare_exchange_weak(head, next, std::memory_order_acq_rel));
}

WorkerRecord* WorkerTable::take_free() noexcept {
  std::uint64_t head = free_.load(std::memory_order_acquire);
  for (;;) {
    const auto slot = static_cast<std::uint32_t>(head);
    if (slot == 0) return nullptr;
    WorkerRecord& record = at(slot - 1);
    const std::uint64_t next =
        (((head >> 32U) + 1) << 32U) | record.next_free_.load(std::memory_order_relaxed);
    if (free_.compare_exchange_weak(head, next, std::memory_order_acq_rel, std::memory_order_acquire))
      return &record;
  }
}

WorkerRecord& WorkerTable::at(std::uint32_t slot) {
  const auto chunk = static_cast<std::size_t>(std::bit_width(slot / first_size + 1) - 1);
  const std::uint32_t base = first_size * ((1U << chunk) - 1);
  std::atomic<WorkerRecord*>& place = chunks_.at(chunk);
  WorkerRecord* records = place.load(std::memory_order_acquire);
  if (records == nullptr) {
    auto made = std::make_unique<WorkerRecord[]>(size_of(chunk));
    for (std::uint32_t i = 0; i < size_of(chunk); ++i) made[i].slot_ = base + i;
    if (place.compare_exchange_strong(records, made.get(), std::memory_order_acq_rel))
      records = made.release();
  }
  return records[slot - base];
}

void WorkerTable::raise_slots(std::uint32_t least) noexcept {
  std::uint32_t slots = slots_.load(std::memory_order_relaxed);
  while (slots < least && !slots_.compare_exchange_weak(slots, least, std::memory_order_acq_rel)) {
  }
}

}  // namespace desist::detail
