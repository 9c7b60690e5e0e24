#!/bin/sh
# What amapstorm tsan refuses: one line, code 2, and nothing written.
# usage: bad.sh AMAPSTORM

set -eu
amapstorm=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

# bad WORDS ARGUMENT ...: refused, in these words
bad() {
	words=$1
	shift
	code=0
	"$amapstorm" tsan "$@" > out 2> err || code=$?
	[ $code -eq 2 ] || { echo "FAILED: $*: code $code"; cat err; exit 1; }
	[ "$(wc -l < err)" -eq 1 ] || { echo "FAILED: $*"; cat err; exit 1; }
	grep -q -- "$words" err || { echo "FAILED: $*"; cat err; exit 1; }
	[ ! -s out ] || { echo "FAILED: $*: printed"; cat out; exit 1; }
}

bad 'expected a scenario'
bad 'nonesuch' nonesuch
bad '--nonesuch' storm --nonesuch
bad '--for never' storm --for never
bad 'less than 10 ms' storm --for 20ms --seeds 9
bad '--seeds 0' storm --seeds 0
bad '--seeds -1' storm --seeds=-1
bad '--seeds 3x' storm --seeds 3x
bad '/nonexistent.c' storm --subject /nonexistent.c
bad 'needs --baseline' storm --update
bad '/nonexistent' storm --baseline /nonexistent
bad 'FORMAT=FILE' storm --report sarif
bad 'nonesuch' storm --report nonesuch=x
bad 'cannot be written' storm --report junit=/nonexistent/x
printf '# fine\n0123456789abcdef a race\nno number\n' > known
bad 'known:3: ' storm --baseline known
[ "$(ls)" = "err
known
out" ] || { echo "FAILED: left behind"; ls; exit 1; }
"$amapstorm" tsan --help | grep -q -- '--baseline'
