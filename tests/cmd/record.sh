#!/bin/sh
# Recording levels: what each keeps, and that the report says which it was.
# usage: record.sh AMAPSTORM OPERATIONS

set -eu
amapstorm=$1 ops=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

fail() {
	echo "FAILED: $*"
	cat out err
	exit 1
}

# level LEVEL ARGUMENT ...
level() {
	name=$1
	shift
	code=0
	"$amapstorm" run "$@" --record "$name" --json json > out 2> err ||
	    code=$?
	grep -q "^record   $name" out || fail "$name: not in the summary"
	grep -q "\"record\": \"$name\"" json || fail "$name: not in JSON"
}

# sum COUNTER: of all rows of the report
sum() {
	sed -n "s/.*\"$1\": \\([0-9]*\\),*\$/\\1/p" json |
	    awk '{ n += $1 } END { print n + 0 }'
}

run="storm --threads 4 --ops $ops --duration 0 --perturb 2%"
# shellcheck disable=SC2086
level full $run
[ $code -eq 0 ] || fail "full: exit code $code"
all=$(sum acquired) waits=$(sum contended)
[ "$waits" -gt 0 ] && [ "$all" -gt "$waits" ] || fail "full: $all, $waits"
# shellcheck disable=SC2086
level contended $run
[ $code -eq 0 ] || fail "contended: exit code $code"
waits=$(sum contended)
[ "$waits" -gt 0 ] || fail 'contended: no waits'
[ "$(sum acquired)" -lt $((all / 2)) ] || fail 'contended: all takes'
# shellcheck disable=SC2086
level off $run
[ $code -eq 0 ] || fail "off: exit code $code"
[ "$(sum acquired)" -eq 0 ] || fail 'off: takes'
[ "$(sum contended)" -eq 0 ] || fail 'off: waits'

# A deadlock is explained at any level.
for name in off contended; do
	level $name swapoff --scheme blocking --threads 8 --duration 1min
	[ $code -eq 1 ] || fail "$name: exit code $code"
	grep -q '^ERROR 1: Deadlock' out || fail "$name: no deadlock"
	grep -q 'wants lock amaplk' out || fail "$name: not explained"
done
exit 0
