#!/bin/sh
# confirm: the deadlock of the 2021 walk is predicted from a run's order trace,
# made to happen, and happens again by the command that is told.
# usage: confirm.sh AMAPSTORM

set -eu
amapstorm=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

fail() {
	echo "FAILED: $*"
	cat out err
	exit 1
}
says() {
	grep -q -e "$1" out || fail "'$1' is not said"
}

code=0
"$amapstorm" run swapoff --scheme blocking --ops 20000 --duration 0 \
    --trace-order --confirm -o run.db --report json=run.json > out 2> err ||
    code=$?
[ $code -eq 1 ] || fail "exit $code"
says 'order.cycle, confirmed'
says 'confirmed: it happened in execution'
says 'order trace: .* can happen'
# A saved run tells the same.
"$amapstorm" report run.db --format json -o saved.json > err 2>&1 || :
cmp run.json saved.json || fail "saved, it is told otherwise"
python3 - << 'END' || fail "what was predicted is not in the JSON"
import json
r = json.load(open("saved.json"))
assert r["predict"]["events"] > 0 and r["predict"]["can_happen"] > 0
f = [f for f in r["findings"] if "again" in f]
assert f and f[0]["tries"] > 0 and "--replay" in f[0]["again"]
END
again=$(sed -n 's/^ *again: amapstorm //p' out | head -n 1)
[ -n "$again" ] || fail "no command"
code=0
eval "\"$amapstorm\" $again" > out 2> err || code=$?
[ $code -eq 1 ] || fail "again: exit $code"
says 'end  *deadlock'

code=0
"$amapstorm" run cow --ops 2000 --duration 0 --trace-order --confirm -o none \
    > out 2> err || code=$?
[ $code -eq 0 ] || fail "clean: exit $code"
says 'order trace: .*, 0 lost; 0 rings looked at, 0 can happen'

# One execution that ends well is enough, too, and is the program itself.
plan='explore.program=fork exit | exit unref | swapcycle'
for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	code=0
	"$amapstorm" explore explore-swapoff --set scheme=blocking \
	    --set "$plan" --executions 1 --seed $seed --trace-order --confirm \
	    > out 2> err || code=$?
	[ $code -le 1 ] || fail "seed $seed: exit $code"
	! grep -q 'traced:.*seed .*points' out || ! grep -q ', confirmed' out ||
	    break
done
says 'order[.].*, confirmed'
says "0 failures in 1 executions"
says "traced: the execution of seed $seed"
again=$(sed -n 's/^ *again: amapstorm //p' out | head -n 1)
[ -n "$again" ] || fail "explored: no command"
code=0
eval "\"$amapstorm\" $again" > out 2> err || code=$?
[ $code -eq 1 ] || fail "explored, again: exit $code"
says 'end  *deadlock'
# So it is with the example of the help.
example=$("$amapstorm" explore --help | sed -n '/scheme=blocking \\$/,/prove$/{
	s/^  amapstorm/"$amapstorm"/
	s/\\$//
	s/   *predict from.*//
	p
}' | tr '\n' ' ')
code=0
eval "$example" > out 2> err || code=$?
[ $code -eq 1 ] || fail "the example of the help: exit $code"
says 'order.cycle, confirmed'
code=0
"$amapstorm" explore explore-cow --executions 20 --trace-order --no-controls \
    > out 2> err || code=$?
[ $code -eq 0 ] || fail "explored, clean: exit $code"
says 'order trace: .*, 0 lost; 0 rings looked at, 0 can happen'
code=0
"$amapstorm" explore explore-cow --confirm --points memory > out 2> err ||
    code=$?
[ $code -eq 2 ] || fail "--confirm with memory points: exit $code"
