#!/bin/sh
# explore: with memory points the VM has no race and uses nothing that is
# freed; a defect of which stress runs see little is told at the access, and
# happens again in another process.
# usage: explore.sh AMAPSTORM AMAPSTORM-WITH-R15 SUBJECT.c

set -eu
amapstorm=$1
r15=$2
subject=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

fail() {
	echo "FAILED: $*"
	cat out err
	exit 1
}
# runs CODE PROGRAM ARGUMENT ...
runs() {
	want=$1 program=$2
	shift 2
	code=0
	"$program" explore "$@" --points memory > out 2> err || code=$?
	[ $code -eq "$want" ] || fail "explore $*: exit $code, expected $want"
}
says() {
	grep -q -e "$1" out || fail "'$1' is not said"
}
hash() {
	sed -n 's/^  end .*hash //p' out
}

for scenario in explore-swapoff explore-cow explore-shared explore-pageout; do
	runs 0 "$amapstorm" $scenario --executions 40
	says '0 failures in 40 executions'
	says 'controls: \([1-9][0-9]*\) of \1 bugs of our own'
done
for finding in freed:use-after-free twice:double-free race:race; do
	runs 1 "$amapstorm" explore-swapoff --executions 500 --minimise 0 \
	    --set explore.plant="${finding%:*}"
	says "${finding#*:}, confirmed"
done
runs 0 "$amapstorm" explore-swapoff --executions 40 --strategy surw

# a subject of the same flavour is looked at, too
"$amapstorm" subject build "$subject" --flavour explore -o subject.so > out \
    2> err || fail "no subject"
runs 0 "$amapstorm" explore-cow --set subject=subject.so --executions 20
says '0 failures in 20 executions'

plan='pageout pageout | write write write | unref madvise_free'
runs 1 "$r15" explore-pageout --set "explore.program=$plan" \
    --executions 3000 --save bad
says 'Data race: two accesses that nothing orders'
says 'race, confirmed'
says 'stack 2:'
says 'anonget_wait\|uvmfault_anonget'
first=$(hash)
seed=$(sed -n 's/^  failed .*seed \([0-9]*\).*/\1/p' out)
[ -n "$first" ] || fail "no hash"
runs 1 "$r15" --replay bad
[ "$first" = "$(hash)" ] || fail "the replay is another: $first, $(hash)"
grep -q '^program .* -' bad || fail "it is not made smaller"

# a seed is the same after others and as the first of a process
runs 1 "$r15" explore-pageout --set "explore.program=$plan" --minimise 0 \
    --seed "$((seed - 5))" --executions 6
series=$(hash)
runs 1 "$r15" explore-pageout --set "explore.program=$plan" --minimise 0 \
    --seed "$seed" --executions 1
[ "$series" = "$(hash)" ] || fail "seed $seed: $series, alone $(hash)"
