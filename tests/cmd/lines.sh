#!/bin/sh
# Stacks have lines also where no table says which unit has which addresses:
# clang makes none.
# usage: lines.sh AMAPSTORM OBJCOPY

set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

"$2" --remove-section=.debug_aranges "$1" amapstorm
code=0
./amapstorm run swapoff --scheme blocking --duration 10min --stop-on-finding \
    -o none > out 2> err || code=$?
if [ $code -ne 1 ] || ! grep -Eq \
    '^ +#[0-9]+ swapoff_walk_all\+0x[0-9a-f]+ amap/swapoff.c:[0-9]+$' out
then
	echo "FAILED: exit code $code, or no lines"
	cat out err
	exit 1
fi
