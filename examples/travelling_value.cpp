/// A value that travels: set once, where the request comes in, and read wherever its Context gets to, without
/// standing in the signatures between. The key carries the type, so there is no string to misspell and no
/// cast.
///
/// Prints:
///
///     audit: nobody charges 1 for anvils
///     audit: ada@smithy charges 100 for anvils
///     audit: ada@smithy charges 3 for postage
///     audit: root@smithy refunds 100 for anvils

#include <chrono>
#include <cstdio>
#include <string>

#include <desist/context.hpp>
#include <desist/task_group.hpp>

using namespace desist;
using namespace std::chrono_literals;

struct User {
  std::string name;
  std::string tenant;
};

/// The object is the key: two keys of one name and type are different keys.
inline constexpr Key<User> user{"user"};

void audit(const Context& ctx, const char* verb, int amount, const char* what) {
  const User* who = ctx.value(user);  // lives as long as ctx; null where nobody has set it
  const std::string name = who != nullptr ? who->name + "@" + who->tenant : "nobody";
  std::printf("audit: %s %s %d for %s\n", name.c_str(), verb, amount, what);
}

/// Knows nothing of users, and hands its Context on.
Result<void> order(const Context& ctx) {
  const Scope hurried = ctx.with_timeout(1min);  // values pass through every kind of Context,
  audit(hurried, "charges", 100, "anvils");
  TaskGroup group(hurried);
  group.spawn("postage", [](const Context& child) -> Result<void> {
    audit(child, "charges", 3, "postage");  // and onto the threads of a group's children
    return {};
  });
  return group.wait();
}

int main() {
  const Context background;
  audit(background, "charges", 1, "anvils");
  const Context request = background.with_value(user, {"ada", "smithy"});
  if (const Result<void> done = order(request); !done) return 1;
  const Context elevated = request.with_value(user, {"root", "smithy"});  // for those below `elevated` only
  audit(elevated, "refunds", 100, "anvils");
}
