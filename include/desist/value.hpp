#pragma once

/// @file
/// Typed values that travel with a Context. A Key is an object of static lifetime; its address is its
/// identity and its type is the value's type, so there are no strings to misspell and nothing to cast.
///
///     inline constexpr desist::Key<Tenant> tenant{"tenant"};
///     ctx.with_value(tenant, Tenant{42});
///     if (const Tenant* t = ctx.value(tenant)) ...
///
/// A key that several shared libraries use is defined in one of them, and `extern` in the header, as desist's
/// own are: an `inline` one that is hidden, or loaded by dlopen, would be a key of its own in each.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "desist/api.hpp"

namespace desist {

/// Names one value in a Context, and its type. An object of static storage duration: its address is its
/// identity, which another key may get once it is gone. Context takes no temporary one.
template <class T>
class DESIST_API Key {
 public:
  /// `name` is for people, and is not copied: a string literal.
  explicit constexpr Key(const char* name) noexcept : name_(name) {}
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() = default;
  /// As given. Two keys may bear the same name, and are two all the same.
  [[nodiscard]] constexpr const char* name() const noexcept { return name_; }

 private:
  const char* name_;
};

/// What the server sets for every request.
namespace keys {
DESIST_API extern const Key<std::string> request_id;   ///< as in the X-Request-Id answer header
DESIST_API extern const Key<std::string> client;       ///< the peer's address and port: "127.0.0.1:40312"
DESIST_API extern const Key<std::string> principal;    ///< who asks, where something has established it
DESIST_API extern const Key<std::string> traceparent;  ///< W3C Trace Context, where the client sent one
}  // namespace keys

namespace detail {

/// An immutable list of values, newest first, shared between all Contexts below the one that set them.
/// Counted by hand rather than by std::shared_ptr, so that a list of any length is dropped without
/// recursion.
class DESIST_API Values {
 public:
  Values() noexcept = default;
  Values(const Values& other) noexcept : head_(other.head_) { retain(); }
  Values(Values&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
  Values& operator=(const Values& other) noexcept { return *this = Values(other); }
  Values& operator=(Values&& other) noexcept {
    Cell* const old = std::exchange(head_, std::exchange(other.head_, nullptr));
    release(old);
    return *this;
  }
  ~Values() { release(head_); }

  template <class T>
  [[nodiscard]] Values with(const Key<T>& key, T value) const {
    struct Typed final : Cell {
      Typed(const void* k, T v) : Cell(k, &held, &destroy), held(std::move(v)) {}
      static void destroy(Cell* self) noexcept { std::unique_ptr<Typed>(static_cast<Typed*>(self)); }
      T held;
    };
    auto cell = std::make_unique<Typed>(&key, std::move(value));
    retain();
    cell->next = head_;
    Values list;
    list.head_ = cell.release();
    return list;
  }

  template <class T>
  [[nodiscard]] const T* find(const Key<T>& key) const noexcept {
    for (const Cell* cell = head_; cell != nullptr; cell = cell->next) {
      if (cell->key == &key) return static_cast<const T*>(cell->value);
    }
    return nullptr;
  }

 private:
  struct Cell {
    Cell(const void* k, const void* v, void (*d)(Cell*) noexcept) noexcept : key(k), value(v), destroy(d) {}
    const void* key;
    const void* value;
    Cell* next = nullptr;  ///< counted
    void (*destroy)(Cell*) noexcept;
    std::atomic<std::uint32_t> references{1};
  };

  void retain() const noexcept {
    if (head_ != nullptr) head_->references.fetch_add(1, std::memory_order_relaxed);
  }
  static void release(Cell* cell) noexcept {
    while (cell != nullptr && cell->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      Cell* const next = cell->next;
      cell->destroy(cell);
      cell = next;
    }
  }

  Cell* head_ = nullptr;
};

}  // namespace detail
}  // namespace desist
