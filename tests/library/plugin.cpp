// A plug-in that was linked with the library on its own, as a program's extensions are.

#include <desist/context.hpp>

extern "C" [[gnu::visibility("default")]] const std::string* request_id_of(const desist::Context& ctx) {
  return ctx.value(desist::keys::request_id);
}
