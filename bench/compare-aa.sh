#!/bin/sh
# False alarms: comparisons of A with A.  Each is amapstorm ab with the same
# options twice; any verdict of better or worse anywhere in its table is one
# false alarm.  The stated rate is 5 % of the tables, at most.
#
# usage: compare-aa.sh AMAPSTORM [COMPARISONS [PAIRS [DURATION]]]
#	 [200 comparisons of 10 pairs of runs of 500ms: about 80 minutes]
# Exits 1 if there are more than chance explains: the stated rate and three
# standard errors.

set -eu
amapstorm=$1 times=${2:-200} pairs=${3:-10} duration=${4:-500ms}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

i=0 alarms=0 failed=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	code=0
	"$amapstorm" ab cow --threads 2 --duration "$duration" --seed $i \
	    --a '' --b '' --pairs "$pairs" --dir "$tmp/runs" -q \
	    --report json="$tmp/all.json" > "$tmp/out" 2>&1 || code=$?
	case $code in 0|1) ;; *) cat "$tmp/out"; exit 1 ;; esac
	if grep -qE '"verdict": "(better|worse)"' "$tmp/all.json"; then
		alarms=$((alarms + 1))
		cp "$tmp/out" "$tmp/alarm.$alarms"
		echo "comparison $i:"
		grep -E ' (better|worse)$' "$tmp/out" || cat "$tmp/out"
	fi
	rm -rf "$tmp/runs"
	[ $((i % 10)) -ne 0 ] || echo "$alarms false alarms in $i comparisons"
done
echo "$alarms false alarms in $times comparisons of $pairs pairs; stated: 5%"
awk -v k="$alarms" -v n="$times" 'BEGIN {
	exit k > n * 0.05 + 3 * sqrt(n * 0.05 * 0.95) }'
