#!/bin/sh
# The list of saved runs, and what is left of runs that are killed: a whole
# file or none, whenever it happens.
# usage: runs.sh AMAPSTORM

set -eu
amapstorm=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
mkdir runs

fail() {
	echo "FAILED: $*"
	ls -l runs
	cat out err
	exit 1
}

# expect CODE TEXT ARGUMENT ...: exits with CODE, says TEXT somewhere
expect() {
	want=$1 text=$2
	shift 2
	code=0
	"$amapstorm" "$@" > out 2> err || code=$?
	[ "$code" -eq "$want" ] || fail "$*: exit code $code, expected $want"
	cat out err | grep -q -e "$text" || fail "$*: expected ...$text..."
	awk '!/^command|^ *"/ && length > 79 { exit 1 }' out || fail "$*: too wide"
}

# killed: starts a run with checkpoints and kills the one that watches it
# when the file FILE is there
killed() {
	"$amapstorm" run storm --threads 2 --duration 10min --checkpoint 50ms \
	    -o runs/k.db > out 2> err &
	pid=$!
	until [ -e "runs/$1" ]; do
		kill -0 $pid || fail 'it ended too early'
		sleep 0.02
	done
	kill -9 $pid
	wait $pid 2> /dev/null || :
}

expect 0 'no saved runs in runs' runs runs
expect 0 '^\[\]$' runs runs --json
expect 0 'kept in runs/a.db' run cow --threads 2 --ops 200 --duration 0 \
    -o runs/a.db
killed k.db.partial
[ "$(cd runs && echo *)" = 'a.db k.db.partial' ] || fail 'left behind'
expect 2 'k.db: No such file, but what is left' report runs/k.db
expect 2 'left by a run that was cut off' report runs/k.db.partial
expect 2 'left by a run that was cut off' order export runs/k.db.partial
for name in k.db k.db.partial; do
	expect 0 '^until    .* from its start' report --partial runs/$name
	expect 0 'this was kept while it ran' report --partial runs/$name
	expect 0 '"partial": true' report --partial runs/$name --format json
done
expect 0 'nothing found' report --partial runs/a.db

# The run is done again: what was left of the first goes.
expect 0 'kept in runs/k.db' run cow --threads 2 --ops 200 --duration 0 \
    -o runs/k.db
[ "$(cd runs && echo *)" = 'a.db k.db' ] || fail 'left behind'

# Killed at any moment: each file that is there is a whole one.
for after in 0 1 2 3 4 5 6 7; do
	rm -f runs/k.db*
	"$amapstorm" run cow --threads 2 --ops 3000 --duration 0 \
	    --checkpoint 1ms -o runs/k.db > out 2> err &
	pid=$!
	sleep 0.0$after
	sleep 0.$after
	kill -9 $pid 2> /dev/null || :
	wait $pid 2> /dev/null || :
	for file in runs/k.db*; do
		[ -e "$file" ] || continue
		"$amapstorm" report --partial "$file" -q > out 2> err ||
		    fail "after 0.$after s: $file"
	done
done

# What is in the list: ours alone, the newest first, the damaged with a reason.
rm -f runs/k.db*
killed k.db.partial
head -c 3000 runs/a.db > runs/cut.db
cp "$amapstorm" runs/program.db
: > runs/empty.db
expect 0 'cut off .*k.db.partial$' runs runs
grep -q 'nothing .* a.db$' out || fail 'a.db'
grep -q 'cut.db$' out || fail 'cut.db'
grep -q 'damaged saved run' out || fail 'why cut.db is not read'
grep -q 'program\|empty' out && fail 'no runs of ours'
[ "$(grep -o '[a-z.]*db[.a-z]*$' out | tr '\n' ' ')" = \
    'k.db.partial a.db cut.db ' ] || fail 'the newest first'
expect 0 '"scenario": "cow"' runs runs --json
(cd runs && AMAPSTORM_RUNS=. "$amapstorm" runs > ../out 2> ../err) ||
    fail 'AMAPSTORM_RUNS'
grep -q 'a.db$' out || fail 'AMAPSTORM_RUNS'

# A full disk: told, and nothing of it is left; the run itself goes on.
(ulimit -f 128; trap '' XFSZ; exec "$amapstorm" run cow --threads 2 --ops 200 \
    --duration 0 --checkpoint 10ms --swap-device0 8 --swap-device1 0 -o full.db) \
    > out 2> err && fail 'a full disk is none' || code=$?
[ "$code" -eq 3 ] || fail "a full disk: $code"
grep -q 'full.db: not saved: File too large' err || fail 'a full disk'
[ ! -e full.db ] && [ ! -e full.db.partial ] || fail 'a full disk: left'
exit 0
