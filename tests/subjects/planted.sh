#!/bin/sh
# A defect is found, as what it is, and the report names the file's own lines;
# the command that it tells finds it again.
# usage: planted.sh AMAPSTORM SUBJECT KINDS SCENARIO OPTION ...
#	KINDS: of findings, by |; one of them has to be there
#	SUBJECT: PATH, or PATH:FUNCTION that the report has to name with its line

set -eu
amapstorm=$1 kinds=$3 scenario=$4
subject=${2%%:*}
function=${2#"$subject"} function=${function#:}
shift 4
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

if [ "$kinds" = 'data race' ]; then	# the first one is enough
	TSAN_OPTIONS=${TSAN_OPTIONS:-}:halt_on_error=1
	export TSAN_OPTIONS
fi
code=0
"$amapstorm" run "$scenario" --subject "$subject" --warmup 0 -q \
    -o none --duration 30s --stop-on-finding "$@" > "$tmp/out" 2>&1 || code=$?
fail() {
	echo "FAILED: $*"
	cat "$tmp/out"
	exit 1
}
found() {
	[ $code -eq 1 ] || fail "exit code $code, expected 1"
	grep -Eq "^  ($kinds), |ThreadSanitizer: ($kinds)|AddressSanitizer: ($kinds)" \
	    "$tmp/out" || fail "none of $kinds"
}
found
[ -z "$function" ] || grep -Eq "uvm_amap.c:[0-9]+ $function|$function(\+0x[0-9a-f]+)? \(?[^ ]*uvm_amap.c:[0-9]+|uvm_amap.c:[0-9:]+ runtime error" \
    "$tmp/out" || fail "no line in $function"
# What it says how to see it again does so.
again=$(sed -n '/^  To see it again:/{n;p;}' "$tmp/out")
[ -n "$again" ] || fail 'no command to see it again'
code=0
eval "$again" > "$tmp/out" 2>&1 || code=$?
found
