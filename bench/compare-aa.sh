#!/bin/sh
# False alarms: comparisons of A with A.  Each is amapstorm ab with the same
# options twice; any verdict of better or worse anywhere in its table is one
# false alarm.  The stated rate is 5 % of the tables, at most.  For each metric
# it is told in how many tables it stood, how many verdicts there were, and how
# many of its intervals left out 1: 5 % of those are expected to.
#
# usage: compare-aa.sh AMAPSTORM [COMPARISONS [PAIRS [DURATION [FIRST]]]]
#	 [200 comparisons of 10 pairs of runs of 30ms: about 15 minutes on a
#	 machine that does nothing else; FIRST: seed of the first]
# Exits 1 if there are more alarms than chance explains: the stated rate and
# three standard errors.

set -eu
amapstorm=$1 times=${2:-200} pairs=${3:-10} duration=${4:-30ms} first=${5:-1}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

i=0 alarms=0
while [ $i -lt "$times" ]; do
	code=0
	"$amapstorm" ab cow --threads 2 --duration "$duration" --warmup 10ms \
	    --hold-period 16 --seed $((first + i)) --a '' --b '' \
	    --pairs "$pairs" --dir "$tmp/runs" -q \
	    --report json="$tmp/all.json" > "$tmp/out" 2>&1 || code=$?
	i=$((i + 1))
	case $code in 0|1) ;; *) cat "$tmp/out"; exit 1 ;; esac
	# one line a row: metric, low, high, verdict
	awk -F '"' '/^ *"name": / { name = $4 }
		/^ *"(low|high)": / { v[$2] = $3; gsub(/[: ,]/, "", v[$2]) }
		/^ *"verdict": / && name != "" {
			print name "\t" v["low"] "\t" v["high"] "\t" $4
			name = "" }' "$tmp/all.json" > "$tmp/rows"
	cat "$tmp/rows" >> "$tmp/all"
	if grep -qE '	(better|worse)$' "$tmp/rows"; then
		alarms=$((alarms + 1))
		echo "comparison $i:"
		grep -E ' (better|worse)$' "$tmp/out" || cat "$tmp/out"
	fi
	rm -rf "$tmp/runs"
	[ $((i % 10)) -ne 0 ] || echo "$alarms false alarms in $i comparisons"
done
echo
awk -F '\t' '
	{ n[$1]++; alarms[$1] += $4 ~ /^(better|worse)$/ }
	$2 != "null" { with[$1]++; out[$1] += $2 > 1 || $3 < 1 }
	END {
		printf "%-26s %6s %6s %9s %8s\n", "metric", "tables",
		    "alarms", "intervals", "leave 1"
		for (m in n) printf "%-26s %6d %6d %9d %8d\n", m, n[m],
		    alarms[m], with[m], out[m] | "sort"
		close("sort")
		for (m in n) { w += with[m]; o += out[m] }
		printf "%-26s %22d %8d: %.1f %%\n", "all", w, o, 100 * o / w
	}' "$tmp/all"
echo
echo "$alarms false alarms in $times comparisons of $pairs pairs; stated: 5%"
awk -v k="$alarms" -v n="$times" 'BEGIN {
	exit k > n * 0.05 + 3 * sqrt(n * 0.05 * 0.95) }'
