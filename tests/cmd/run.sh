#!/bin/sh
# A short run: what goes where, and that it can be had again by its command.
# usage: run.sh AMAPSTORM

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

code=0
"$amapstorm" run cow --threads 2 --ops 2000 --duration 0 --warmup 0 \
    --seed 7 --report text=text --json json > out 2> err || code=$?
[ $code -eq 0 ] || fail "exit code $code"
grep -q "$(printf '\033')" out err && fail 'escape codes on a pipe'
head -n 1 err | grep -q 'run cow .*--seed 7' || fail 'command comes first'
sed -n 2p err | grep -qx 'seed 7' || fail 'seed comes second'
tail -n 2 out | grep -q '^command .*run cow .*--seed 7' ||
    fail 'command comes last'
tail -n 1 out | grep -qx 'seed     7' || fail 'seed comes last'
head -n 1 out | grep -qx 'amapstorm: nothing found' || fail 'verdict'
awk '!/^command/ && length > 79 { exit 1 }' out || fail 'too wide'
cmp -s out text || fail 'the summary in the file differs'
grep -q '"verdict": "nothing found"' json || fail 'JSON has no verdict'
# Those skipped for want of anything to do it on were asked for, too.
tried=$(sed -n '/^  "operations": {/,/^  }/s/.*"\(done\|refused\|skipped\)": \([0-9]*\),*$/\2/p' json |
    awk '{ n += $1 } END { print n }')
[ "$tried" -eq 2000 ] || fail "asked for 2000 operations, had $tried"
[ "$(ls)" = "err
json
out
text" ] || fail "left behind: $(ls)"

# What is not recorded while it warms up is not in what was taken; what comes
# after is.
for level in full off; do
	"$amapstorm" run cow --threads 2 --warmup 1s --duration 50ms \
	    --warmup-record $level --seed 3 -q -o none \
	    --json $level.json > out 2> err || fail "warm-up at $level"
done
python3 - << 'END' > out 2> err || fail 'the warm-up is counted'
import json
run = {level: json.load(open(level + ".json")) for level in ("full", "off")}
taken = {level: sum(l["acquired"] for l in r["locks"])
         for level, r in run.items()}
assert 0 < taken["off"] < taken["full"] / 2, taken
for r in run.values():
    assert r["run"]["record"] == "full", r["run"]
END
rm -f full.json off.json

# Quiet: no live lines, and verdict, findings and trust alone.
"$amapstorm" run cow --threads 2 --ops 500 --duration 0 -q > out 2> err ||
    fail "quiet: $?"
[ "$(wc -l < err)" -eq 2 ] || fail 'not quiet'
grep -q COVERAGE out && fail 'coverage in a quiet run'

# A run is kept under a name of its own, which is told, unless nobody wants it.
mkdir kept
AMAPSTORM_RUNS=kept "$amapstorm" run cow --threads 2 --ops 100 --duration 0 \
    -q > out 2> err || fail "kept: $?"
name=$(sed -n 's/^kept in \([^ ]*\) .*/\1/p' err)
case $name in
kept/amapstorm-cow-[0-9]*-[0-9]*.db) ;;
*) fail "a name of its own: $name" ;;
esac
[ "$(echo kept/*)" = "$name" ] || fail "kept: $(ls kept)"
"$amapstorm" report "$name" > again 2> err || fail "report $name"
for quiet in none ''; do
	(cd kept && AMAPSTORM_RUNS=$quiet "$amapstorm" run cow --threads 2 \
	    --ops 100 --duration 0 -q -o none > ../out 2> ../err) ||
	    fail "none: $?"
	[ "$(echo kept/*)" = "$name" ] || fail "kept: $(ls kept)"
done
# Not to be able to keep it is no reason not to run.
AMAPSTORM_RUNS=none/such "$amapstorm" run cow --threads 2 --ops 100 \
    --duration 0 -q > out 2> err || fail "nowhere: $?"
grep -q '^amapstorm: none/such/amapstorm-cow.*cannot be written' err ||
    fail 'nowhere: not told'

# The busted lock must be found out, and a finding is exit code 1.
code=0
"$amapstorm" run storm --lock busted --threads 8 --duration 20s --seed 3 \
    > out 2> err || code=$?
[ $code -eq 1 ] || fail "busted: exit code $code, expected 1"
grep -q '^ERROR 1: ' out || fail 'busted: no finding'
grep -q 'To see it again' out || fail 'busted: no command to repeat'
exit 0
