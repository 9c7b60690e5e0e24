#!/bin/sh
# Lock order on the command line: told while the run goes on, kept as a
# contract, compared with it.
# usage: order.sh AMAPSTORM OPERATIONS

set -eu
amapstorm=$1
ops=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

fail() {
	echo "FAILED: $*"
	cat out err
	exit 1
}

# expect CODE ARGUMENT ...
expect() {
	want=$1
	shift
	code=0
	"$amapstorm" "$@" > out 2> err || code=$?
	[ $code -eq "$want" ] || fail "amapstorm $*: exit code $code, not $want"
}

# The list lock against amap locks: both orders, four takes with their stacks,
# long before the run was to end.  Strands that meet in the two orders at once
# stand still for good; then the run ends on its deadlock, and the order is
# told in its report alone.
expect 1 run swapoff --scheme blocking --duration 10min --stop-on-finding \
    --seed 1
told=out
grep -q '^ERROR 1: Deadlock' out || told="$told err"
for file in $told; do
	grep -q 'amap.*lk and amap.*lk are taken in both orders' $file ||
	    fail "no reversal in $file"
	awk '/^ERROR.*order.cycle|^ERROR .*inversion/ { on = 1 }
	    /Why it matters/ { on = 0 }
	    on && / #0 / { n++ } END { exit n < 4 }' $file ||
	    fail "less than four stacks in $file"
done
grep -E '^ *strand .*\) +strand .*\)' out | grep -q '(swapcycle)' ||
    fail 'no drawing'

# Schemes that are correct.
for scheme in ordered trylock; do
	expect 0 run swapoff --scheme $scheme --ops $ops --duration 0 \
	    --seed 2 -o $scheme.db
	grep -E '^(ERROR|WARN) ' out err && fail "$scheme: false alarm"
	grep -q '^LOCK ORDER' out || fail "$scheme: no summary"
done

# Waiting for memory is the contract of some calls, and no finding then.
expect 0 run alloc-fail --ops $ops --duration 0 --seed 4

# A contract holds for the run that it was made from, and says so in the same
# words when it is made anew.
expect 0 order export ordered.db -o order.txt
expect 0 order check ordered.db order.txt
expect 0 order export ordered.db order.txt
cmp -s out order.txt || fail 'made anew it differs'
grep -q '^edge vmmaplk amaplk .*W>W.*# .*amap/' order.txt || fail 'no edge'

# Less than what was seen, and against ranks, and forbidden.
grep -v '^edge vmmaplk amaplk ' order.txt > less.txt
expect 1 order check ordered.db less.txt
grep -q '^WARN order.new-edge: amaplk was taken with vmmaplk held' out ||
    fail 'new edge'
# ... of a run that cannot deadlock; a long one ends when it was told of it,
# for which judges take long with a sanitizer.
until="--duration 10min --stop-on-finding"
[ $ops -ge 10000 ] || until="--duration 0 --ops $ops"
expect 1 run swapoff $until --seed 2 --order-baseline less.txt
grep -q 'order.new-edge' out || fail 'new edge in a run'
[ $ops -lt 10000 ] ||
    grep -q '^WARN order.new-edge: amaplk was taken with vmmaplk held' err ||
    fail 'new edge told at once'
echo 'forbid vmmaplk amaplk' > forbid.txt
expect 1 order check ordered.db forbid.txt
grep -q '^ERROR order.forbidden-edge: .*forbid.txt:1 forbids' out ||
    fail 'forbidden'
sed -e 's/^class vmmaplk$/& rank 3/' -e 's/^class amaplk$/& rank 2/' \
    order.txt > rank.txt
expect 1 order check ordered.db rank.txt
grep -q '^ERROR order.rank: amaplk (rank 2) was taken with vmmaplk (rank 3)' \
    out || fail 'ranks'
expect 0 order export ordered.db rank.txt
grep -q '^class vmmaplk rank 3$' out || fail 'ranks are not kept'

# What is wrong is told with its place.
printf 'class amaplk\nedge vmmaplk\n' > bad.txt
expect 2 run cow --order-baseline bad.txt
grep -q 'bad.txt:2: ' err || fail 'no place'
expect 2 order check ordered.db bad.txt
expect 2 order export /nonexistent.db
expect 2 order import ordered.db
expect 2 order check ordered.db
exit 0
