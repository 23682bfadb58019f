#include "sources/process_registry.hpp"

#include <type_traits>

#include <unistd.h>

#include "sources/process_group.hpp"

namespace desist::process {

Registry& Registry::get() noexcept {
  static Registry registry;
  static_assert(std::is_trivially_destructible_v<Registry>,
                "kill_all may be called at exit, after other statics");
  return registry;
}

Registry::Starting::Starting(Registry& registry) noexcept
    : registry_(registry), on_main_thread_(::gettid() == ::getpid()) {
  const std::lock_guard lock(registry_.mutex_);
  if (on_main_thread_) ++registry_.starting_;
  kills_ = registry_.kills_;
}

Registry::Starting::~Starting() {
  if (added_) return;
  const std::lock_guard lock(registry_.mutex_);
  if (on_main_thread_) --registry_.starting_;
}

void Registry::Starting::add(Group& group) noexcept {
  const std::lock_guard lock(registry_.mutex_);
  if (on_main_thread_) --registry_.starting_;
  added_ = true;
  group.next_ = registry_.first_;
  if (group.next_ != nullptr) group.next_->previous_ = &group;
  registry_.first_ = &group;
  if (kills_ != registry_.kills_) group.kill();
}

void Registry::remove(Group& group) noexcept {
  const std::lock_guard lock(mutex_);
  (group.previous_ != nullptr ? group.previous_->next_ : first_) = group.next_;
  if (group.next_ != nullptr) group.next_->previous_ = group.previous_;
  group.next_ = group.previous_ = nullptr;
}

void Registry::kill_all() noexcept {
  const std::lock_guard lock(mutex_);
  ++kills_;
  for (Group* group = first_; group != nullptr; group = group->next_) group->kill();
}

const Group* Registry::find(pid_t pid) const noexcept {
  const Group* group = first_;
  while (group != nullptr && group->id() != pid) group = group->next_;
  return group;
}

bool Registry::may_lead(pid_t pid) const noexcept {
  const std::lock_guard lock(mutex_);
  return starting_ > 0 || find(pid) != nullptr;
}

bool Registry::leads(pid_t pid) const noexcept {
  const std::lock_guard lock(mutex_);
  return find(pid) != nullptr;
}

}  // namespace desist::process
