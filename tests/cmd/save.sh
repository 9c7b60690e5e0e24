#!/bin/sh
# A saved run is told as the run was, whatever its end, with the same exit
# code; and whoever asks SQLite gets the same numbers.
# usage: save.sh AMAPSTORM FORMATS.md

set -eu
amapstorm=$1 doc=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

fail() {
	echo "FAILED: $*"
	cat out err
	exit 1
}

# same WHAT CODE: the run of that exit code left run.db, out and json
same() {
	[ -s run.db ] || fail "$1: not saved"
	code=0
	"$amapstorm" report run.db > again 2> err || code=$?
	[ "$code" -eq "$2" ] || fail "$1: exit code $code, expected $2"
	diff out again || fail "$1: the text is another one"
	code=0
	"$amapstorm" report run.db --format json -o again.json > nothing \
	    2> err || code=$?
	[ "$code" -eq "$2" ] || fail "$1: exit code $code, expected $2"
	cmp json again.json || fail "$1: the JSON is another one"
	[ ! -s nothing ] || fail "$1: -o, and on standard output, too"
	[ "$(ls)" = "again
again.json
err
json
nothing
out
run.db" ] || fail "$1: left behind: $(ls)"
}

# ends WHAT CODE ARGUMENT ...: a run, saved
ends() {
	what=$1 want=$2
	shift 2
	rm -f run.db json again again.json nothing
	code=0
	"$amapstorm" run "$@" -o run.db --json json > out 2> err ||
	    code=$?
	[ "$code" -eq "$want" ] || fail "$what: exit code $code"
	same "$what" "$want"
}

# child PID: of the run that PID watches, once there is one
child() {
	of=
	until [ -n "$of" ]; do
		kill -0 "$1" || fail 'it ended too early'
		of=$(cat "/proc/$1/task/$1/children") || exit 1
		[ -n "$of" ] || sleep 0.05
	done
	echo "$of"
}

# hit WHAT SIGNAL: a run whose child gets a signal, saved
hit() {
	rm -f run.db json again again.json nothing
	"$amapstorm" run storm --threads 2 --duration 10min --hang 1s \
	    -o run.db --json json > out 2> err &
	pid=$!
	kill "-$2" "$(child $pid)"
	code=0
	wait $pid || code=$?
	[ $code -eq 1 ] || fail "$1: exit code $code, expected 1"
	same "$1" 1
}

ends clean 0 cow --threads 2 --ops 2000 --duration 0
ends findings 1 storm --lock busted --threads 8 --duration 20s --seed 3
hit hang STOP
hit crash SEGV

# Replaced as a whole, with the mode of any other file.
umask 027
ends again 0 cow --threads 2 --ops 500 --duration 0
[ "$(stat -c %a run.db)" = 640 ] || fail "mode $(stat -c %a run.db)"

# The queries of the manual give something, and the same as the report.
command -v sqlite3 > /dev/null || exit 0
sed -n '/^```sql$/,/^```$/p' "$doc" | grep -v '^```' > queries
[ -s queries ]
sqlite3 -bail -readonly run.db < queries > rows 2> err || {
	cat err
	fail 'a query of docs/FORMATS.md'
}
ops=$(sqlite3 -readonly run.db 'SELECT sum(done) FROM operation')
[ "$ops" -eq "$(sed -n '/^  "operations": {/,/^  }/s/.*"done": \([0-9]*\),*$/\1/p' json |
    awk '{ n += $1 } END { print n }')" ] || fail "$ops operations"
exit 0
