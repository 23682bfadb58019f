#pragma once

#include <cstddef>
#include <string>

namespace desist::test {

/// What this process holds: counted before and after a test, so that a test can say "nothing is left".
struct Census {
  std::size_t threads = 0;
  std::size_t descriptors = 0;
  std::size_t children = 0;  ///< processes whose ancestor is this one, zombies too
  std::size_t timers = 0;    ///< armed

  [[nodiscard]] static Census take();
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Census&, const Census&) = default;
};

/// Takes a census at its making; `settled` waits until the process is back there.
class Baseline {
 public:
  Baseline();
  /// True once every count is at, or below, what it was; waits at the most ten seconds.
  [[nodiscard]] bool settled() const;
  /// "threads 5 (was 3) …", for the message of a failed check.
  [[nodiscard]] std::string text() const;

 private:
  Census before_;
};

/// Whether memory that is freed goes back at once. A sanitizer keeps it for a while, so that resident memory
/// says little.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool frees_at_once = false;
#elif defined(__has_feature)
inline constexpr bool frees_at_once = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
inline constexpr bool frees_at_once = true;
#endif

/// Resident memory of this process, in bytes.
[[nodiscard]] std::size_t resident_bytes();

}  // namespace desist::test
