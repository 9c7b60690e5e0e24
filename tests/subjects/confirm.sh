#!/bin/sh
# What a run with a subject says of its lock order is made to happen with that
# subject, by a command that does so again, whatever the file is called.
# usage: confirm.sh AMAPSTORM SUBJECT

set -eu
amapstorm=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
subject="somebody's own.so"
cp "$2" "$subject"

fail() {
	echo "FAILED: $*"
	cat out
	exit 1
}
code=0
"$amapstorm" run swapoff --subject "$subject" --duration 30s --warmup 0 -q \
    -o none --stop-on-finding --confirm > out 2>&1 || code=$?
[ $code -eq 1 ] || fail "exit code $code, expected 1"
grep -q '^  order.cycle, confirmed' out || fail 'not confirmed'
again=$(sed -n 's/^ *again: amapstorm //p' out | head -n 1)
[ -n "$again" ] || fail 'no command'
code=0
eval "\"\$amapstorm\" $again" > out 2>&1 || code=$?
[ $code -eq 1 ] || fail "again: exit code $code"
grep -q '^  deadlock, confirmed' out || fail 'again: no deadlock'
grep -q 'uvm_amap.c:[0-9]' out || fail 'again: no line of the file'
