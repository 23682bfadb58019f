# shellcheck shell=bash disable=SC2034  # the lists are for the scripts that source this
# What desist is built from, and how it is had on Debian and Ubuntu. Sourced by the scripts beside this folder.

# Compiler and build system, the libraries that the server links, and Python for the quickstart.
build_packages=(
  g++ meson ninja-build pkgconf
  libcpp-httplib-dev libfmt-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev
  libre2-dev libsqlite3-dev libexpected-dev
  python3
)
# What the tests need beyond that.
test_packages=(doctest-dev strace valgrind)
# What the API's pages are made with.
docs_packages=(doxygen)
# What scripts/bench needs beyond building; Go it can do without.
bench_packages=(libbenchmark-dev)
# What builds the examples against an installed copy.
check_packages=(cmake)
# What CI needs beyond that: the second compiler and its tools.
lint_packages=(clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev shellcheck)

# Those of the given packages that are not installed, one a line. A virtual name, or one that was renamed, counts as
# installed where another package provides it.
missing_packages() {
  local present
  present=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' 2>/dev/null |
    sed -n 's/^installed //p' | tr ',' '\n' | sed -E 's/^ *//; s/[ (].*$//')
  local package
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$present" || printf '%s\n' "$package"
  done
}

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "not root, and there is no sudo; as root, run: $*" >&2
    return 1
  fi
}

# Installs what is missing of the given packages, after saying what. Says and does nothing where all is there.
install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "no dpkg here: taking it that the tools and libraries of CONTRIBUTING.md are installed" >&2
    return 0
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "installing with apt-get: ${missing[*]}" >&2
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}")
  # Without package lists, or with old ones, the first try finds nothing to download.
  as_root "${install[@]}" >&2 && return 0
  echo "refreshing apt's package lists, then once more" >&2
  as_root apt-get update >&2
  as_root "${install[@]}" >&2
}
