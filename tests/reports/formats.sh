#!/bin/sh
# All formats of real runs: one that finds nothing, with a timeline, and one
# that deadlocks.
# usage: formats.sh AMAPSTORM SOURCE-FOLDER OPERATIONS

set -eu
amapstorm=$1 source=$2 ops=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

fail() {
	echo "FAILED: $*"
	cat err
	exit 1
}

formats='json html sarif junit svg folded csv:locks'
mkdir clean found
for format in $formats trace; do
	set -- "$@" --report "$format=clean/${format%:*}"
done
shift 3
"$amapstorm" run storm --threads 4 --ops $ops --duration 0 --perturb 5% \
    -o clean.db "$@" > out 2> err || fail "clean: $?"

# Written at once or told again, a report is the same.
for format in json csv:locks trace; do
	"$amapstorm" report clean.db --format $format > again 2> err ||
	    fail "$format: $?"
	cmp again clean/${format%:*} || fail "$format: told again"
done

code=0
"$amapstorm" run swapoff --scheme blocking --duration 60s -o found.db \
    > out 2> err || code=$?
[ $code -eq 1 ] || fail "found: $code"
for format in $formats; do
	"$amapstorm" report found.db --format $format \
	    -o found/${format%:*} > out 2> err || [ $? -eq 1 ] ||
	    fail "found: $format"
done
grep -q '<g [^>]*edge finding' found/svg || fail 'no finding in the graph'
code=0
"$amapstorm" report found.db --format trace > out 2> err || code=$?
[ $code -eq 2 ] && grep -q 'no timeline; amapstorm run --timeline' err ||
    fail 'a timeline that is none'
# Without graphviz the graph is refused in words, and nothing else is.
code=0
PATH=/none "$amapstorm" report clean.db --format svg -o x > out 2> err ||
    code=$?
[ $code -eq 2 ] && grep -q "graphviz draws it" err && [ ! -e x ] ||
    fail "no graphviz: $code"

for run in clean found; do
	/usr/bin/python3 "$source/tests/reports/check.py" \
	    "$source/reports" $run ||
	    fail "$run"
done
exit 0
