#pragma once

/// Typed values that travel with a Context. A Key is an object of static lifetime; its address is its identity and
/// its type is the value's type, so there are no strings to misspell and nothing to cast.
///
///     inline constexpr desist::Key<Tenant> tenant{"tenant"};
///     ctx.with_value(tenant, Tenant{42});
///     if (const Tenant* t = ctx.value(tenant)) ...

#include <memory>
#include <string>
#include <utility>

namespace desist {

template <class T>
class Key {
 public:
  explicit constexpr Key(const char* name) noexcept : name_(name) {}
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  [[nodiscard]] constexpr const char* name() const noexcept { return name_; }

 private:
  const char* name_;
};

/// What the server sets for every request.
namespace keys {
inline constexpr Key<std::string> request_id{"request_id"};    ///< as in the X-Request-Id answer header
inline constexpr Key<std::string> client{"client"};            ///< the peer's address and port: "127.0.0.1:40312"
inline constexpr Key<std::string> principal{"principal"};      ///< who asks, where something has established it
inline constexpr Key<std::string> traceparent{"traceparent"};  ///< W3C Trace Context, where the client sent one
}  // namespace keys

namespace detail {

/// An immutable list of values, newest first, shared between all Contexts below the one that set them.
class Values {
 public:
  Values() noexcept = default;

  template <class T>
  [[nodiscard]] Values with(const Key<T>& key, T value) const {
    struct Typed final : Cell {
      Typed(const void* k, std::shared_ptr<const Cell> n, T v)
          : Cell(k, std::move(n), &held), held(std::move(v)) {}
      T held;
    };
    return Values(std::make_shared<const Typed>(&key, head_, std::move(value)));
  }

  template <class T>
  [[nodiscard]] const T* find(const Key<T>& key) const noexcept {
    for (const Cell* cell = head_.get(); cell != nullptr; cell = cell->next.get()) {
      if (cell->key == &key) return static_cast<const T*>(cell->value);
    }
    return nullptr;
  }

 private:
  struct Cell {
    Cell(const void* k, std::shared_ptr<const Cell> n, const void* v) : key(k), value(v), next(std::move(n)) {}
    const void* key;
    const void* value;
    std::shared_ptr<const Cell> next;
  };
  explicit Values(std::shared_ptr<const Cell> head) noexcept : head_(std::move(head)) {}
  std::shared_ptr<const Cell> head_;
};

}  // namespace detail
}  // namespace desist
