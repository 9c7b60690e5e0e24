#!/bin/sh
# install.sh BUILD SOURCE CC: install locks into a fresh prefix, build SOURCE
# with what pkg-config says, and run it.
set -eu
build=$1 source=$2 cc=$3
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$build/locks" --prefix "$prefix" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name amapstorm-locks.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
"$cc" -std=gnu11 -Wall -Wextra -Werror -o "$prefix/stranger" "$source" \
	$(pkg-config --cflags --libs amapstorm-locks)
"$prefix/stranger"
