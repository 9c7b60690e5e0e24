#!/bin/sh
# A recorded process with a subject: every record done, and clean.
# usage: replay.sh AMAPSTORM SUBJECT RECORDING

set -eu
amapstorm=$1 subject=$2 recording=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "FAILED: $*"
	cat "$tmp/out"
	exit 1
}
"$amapstorm" import "$recording" -o "$tmp/trace" > "$tmp/out" 2>&1 ||
    fail 'cannot be imported'
"$amapstorm" run --replay "$tmp/trace" --subject "$subject" -q -o none \
    > "$tmp/out" 2>&1 || fail "exit code $?"
grep -Eq '^replay .*: ([^ ]*) of \1 records' "$tmp/out" ||
    fail 'not all of it was replayed'
