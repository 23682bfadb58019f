#include <cstdio>
#include <exception>
#include <string_view>
#include <variant>

#include "cli/check.hpp"
#include "cli/options.hpp"
#include "cli/serve.hpp"
#include "cli/version.hpp"

namespace {

void print(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

struct Run {
  int operator()(const desist::cli::Serve& wish) const { return desist::cli::serve(wish.config); }
  int operator()(const desist::cli::Check& wish) const { return desist::cli::check(wish.config); }
  int operator()(const desist::cli::Version&) const {
    print(stdout, desist::cli::version_text());
    return 0;
  }
  int operator()(const desist::cli::Say& wish) const {
    print(wish.status == 0 ? stdout : stderr, wish.text);
    return wish.status;
  }
};

}  // namespace

int main(int argc, char** argv) {
  try {
    return std::visit(Run(), desist::cli::parse_options(argc, argv));
  } catch (const std::exception& error) {
    print(stderr, std::string("desist: ") + error.what() + "\n");
    return 1;
  }
}
