#!/bin/sh
# Installs what the build needs and this machine lacks, with apt-get, dnf or brew. Prints
# one line and does nothing when all is there. With CI=true it also wants clang.
set -eu

have() {
  command -v "$1" >/dev/null 2>&1
}

# One of the pkg-config modules exists.
have_module() {
  for module in "$@"; do
    if have pkg-config && pkg-config --exists "$module"; then return 0; fi
  done
  return 1
}

have_lua() {
  for program in lua5.4 lua54 lua; do
    if have "$program" && "$program" -v 2>&1 | grep -q '^Lua 5\.4'; then return 0; fi
  done
  return 1
}

if have apt-get; then
  manager=apt-get
elif have dnf; then
  manager=dnf
elif have brew; then
  manager=brew
  opt=$(brew --prefix)/opt
  PKG_CONFIG_PATH="$opt/openblas/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
  PKG_CONFIG_PATH="$opt/lapack/lib/pkgconfig:$PKG_CONFIG_PATH"
  export PKG_CONFIG_PATH
else
  manager=none
fi

# need DEBIAN FEDORA HOMEBREW: the packages to install, '-' for none.
missing=
need() {
  case $manager in
    dnf) package=$2 ;;
    brew) package=$3 ;;
    *) package=$1 ;;
  esac
  if [ "$package" != - ]; then missing="$missing $package"; fi
}

have cc || have gcc || have clang || need "gcc libc6-dev" gcc gcc
have cmake || need cmake cmake cmake
have ninja || have make || need ninja-build ninja-build ninja
have pkg-config || need pkg-config pkgconf-pkg-config pkgconf
have_lua || need lua5.4 lua lua
have_module lua5.4 lua-5.4 lua54 "lua >= 5.4" || need liblua5.4-dev lua-devel lua
have_module openblas || need libopenblas-dev openblas-devel openblas
have_module lapacke || need liblapacke-dev lapack-devel lapack
have_module zlib || need zlib1g-dev zlib-devel zlib
if [ "${CI:-}" = true ]; then have clang || need "clang" clang -; fi

if [ -z "$missing" ]; then
  echo "setup: all that modsync needs is installed"
  exit 0
fi

# Line editing at the prompt: welcome, not needed.
welcome=
have_module libedit || case $manager in
  apt-get) welcome=libedit-dev ;;
  dnf) welcome=libedit-devel ;;
esac

sudo=
if [ "$manager" = apt-get ] || [ "$manager" = dnf ]; then
  if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
fi
if [ "$manager" = none ] || { [ -n "$sudo" ] && ! have sudo; }; then
  echo "setup: please install$missing, and start again" >&2
  exit 1
fi

echo "setup: installing$missing $welcome"
# The lists of packages are words to be split.
# shellcheck disable=SC2086
case $manager in
  apt-get)
    export DEBIAN_FRONTEND=noninteractive
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq --no-install-recommends $missing
    if [ -n "$welcome" ]; then
      $sudo apt-get install -y -qq --no-install-recommends $welcome || true
    fi
    ;;
  dnf)
    $sudo dnf install -y -q $missing
    if [ -n "$welcome" ]; then $sudo dnf install -y -q $welcome || true; fi
    ;;
  brew)
    brew install $missing
    ;;
esac
