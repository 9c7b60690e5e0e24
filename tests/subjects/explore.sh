#!/bin/sh
# Executions of a scenario with a subject: clean, or a defect found.
# usage: explore.sh AMAPSTORM SUBJECT KINDS SCENARIO OPTION ...
#	KINDS: of the finding that has to be there, by |; clean: none may be

set -eu
amapstorm=$1 subject=$2 kinds=$3
shift 3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

code=0
"$amapstorm" explore "$@" --subject "$subject" --save "$tmp/saved" -q \
    > "$tmp/out" 2>&1 || code=$?
fail() {
	echo "FAILED: $*"
	cat "$tmp/out"
	exit 1
}
if [ "$kinds" = clean ]; then
	[ $code -eq 0 ] || fail "exit code $code, expected 0"
	exit 0
fi
[ $code -eq 1 ] || fail "exit code $code, expected 1"
kind=$(sed -nE "s/^  ($kinds), .*/\1/p" "$tmp/out" | head -1)
[ -n "$kind" ] || fail "no $kinds"
# An audit finds what is wrong, not who did it.
case $kind in
audit.*) ;;
*) grep -q 'uvm_amap.c:[0-9]' "$tmp/out" || fail 'no line of the file' ;;
esac
# What it says how to see it again shows it again, and so does what it saved.
hash=$(sed -n 's/^  end .*hash //p' "$tmp/out")
again=$(sed -n 's/^  again *amapstorm //p' "$tmp/out")
[ -n "$again" ] || fail 'no command to see it again'
code=0
eval "\"\$amapstorm\" $again -q" > "$tmp/out" 2>&1 || code=$?
[ $code -eq 1 ] || fail "again: exit code $code"
grep -q "^  $kind, " "$tmp/out" || fail "again: no $kind"
[ -s "$tmp/saved" ] || exit 0	# died before anything could be followed
code=0
"$amapstorm" explore --replay "$tmp/saved" -q > "$tmp/out" 2>&1 || code=$?
[ $code -eq 1 ] || fail "saved: exit code $code"
grep -q "^  $kind, " "$tmp/out" || fail "saved: no $kind"
[ "$hash" = "$(sed -n 's/^  end .*hash //p' "$tmp/out")" ] ||
    fail "saved: another execution than $hash"
