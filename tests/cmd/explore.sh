#!/bin/sh
# explore: what fails is found, told, and happens again; what does not is told
# as a bound; bad input is refused.
# usage: explore.sh AMAPSTORM [CC BUILD DEFECTS JOB]

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
# runs CODE ARGUMENT ...
runs() {
	want=$1
	shift
	code=0
	"$amapstorm" explore "$@" > out 2> err || code=$?
	[ $code -eq "$want" ] || fail "explore $*: exit $code, expected $want"
}
says() {
	grep -q -e "$1" out err || fail "'$1' is not said"
}

runs 1 explore-swapoff --set scheme=blocking --executions 3000 --save bad \
    --json found.json --report sarif=found.sarif
grep -q '"again": ".*--replay ' found.sarif || fail "SARIF without a replay"
says 'Deadlock: strands wait for each other'
says 'amaplstlk'
says "again  .*--replay '"
hash=$(sed -n 's/^  end .*hash //p' out)
says '^trust  *yes'
says 'time is virtual'
sed -n '/To see it again/{n;p;}' out | grep -q -e --replay || fail "no replay"
runs 1 --replay bad
says '^trust  *yes'
[ "$hash" = "$(sed -n 's/^  end .*hash //p' out)" ] || fail "another hash"
grep -q 'not the same' err && fail "the replay says that it is another"
again=$(python3 -c 'import json
print(json.load(open("found.json"))["explored"]["schedule"])')
program=$(sed -n 's/^program //p' bad)
runs 1 explore-swapoff --set scheme=blocking \
    --set "explore.program=$program" --replay "$again"
[ "$hash" = "$(sed -n 's/^  end .*hash //p' out)" ] || fail "another hash"
sed 's/^hash .*/hash 0123456789abcdef/' bad > other
runs 1 --replay other
says 'not the same execution'

# Of code that was changed within what was executed it is told from where on
# the schedule does not fit.
sed 's/^scheme = blocking/scheme = ordered/' bad > other
runs 0 --replay other
says 'not the same execution: .* does not fit the code any more'
says 'diverged at choice [1-9]'

# What is exported needs the installed locks library alone, and fails again;
# code that was changed elsewhere still does.
if [ $# -eq 5 ]; then
	cmake --install "$3/locks" --prefix "$tmp/prefix" > out 2> err ||
	    fail "it is not installed"
	PKG_CONFIG_PATH=$(dirname "$(find prefix -name amapstorm-locks.pc)")
	export PKG_CONFIG_PATH
	runs 1 --replay bad --export alone.c
	# shellcheck disable=SC2046
	"$2" -Wall -Werror -o alone alone.c \
	    $(pkg-config --cflags --libs amapstorm-locks) 2> err ||
	    fail "what is exported cannot be built"
	./alone > out || fail "the exported program ends otherwise"
	grep -q '^deadlock' out || fail "no deadlock"

	amapstorm=$4/amapstorm-defect-m01
	runs 1 --replay bad
	[ "$hash" = "$(sed -n 's/^  end .*hash //p' out)" ] ||
	    fail "code that was changed elsewhere is another execution"
	grep -q 'not the same\|diverged' out err && fail "it is told as another"

	# of one who sleeps it cannot be told
	cp "$5" wired.job
	amapstorm=$4/amapstorm-defect-m20
	runs 1 wired.job --set 'explore.prepare=populate wire' --seed 1001 \
	    --set 'explore.program=wired_fork write | pageout read' \
	    --export asleep.c
	says '^  end      deadlock'
	says 'asleep.c: not written: only a deadlock of locks'
	[ ! -e asleep.c ] || fail "it is written all the same"
	amapstorm=$1
fi

for scenario in explore-swapoff explore-cow explore-shared explore-pageout; do
	runs 0 $scenario --executions 100 --strategy random
	says '0 failures in 100 executions'
	says '[1-9][0-9]* *conflicts'
	says 'controls: \([1-9][0-9]*\) of \1 bugs of our own'
done

# Each bug of our own is found, as what it is; who cannot find them is void.
# AddressSanitizer would end at a use of freed memory: it has no place there.
asan=$("$amapstorm" version | grep asan || :)
while read -r plant finding; do
	[ -z "$asan" ] || [ "$plant" != freed ] || continue
	runs 1 explore-swapoff --set explore.plant="$plant" --executions 500 \
	    --minimise 0
	says "$finding"
done << 'END'
freed	lock.use-after-destroy, confirmed
twice	pool.bad-free, confirmed
reference	audit.I4, confirmed
unlocked	lock.unguarded, confirmed
mode	lock.assert, confirmed
cell	content.mismatch, confirmed
fork	content.mismatch, confirmed
frame	page.freed-mapped, confirmed
swapoff	swap.off-missed, confirmed
refusal	swap.off-refused, confirmed
leak	leak.memory, confirmed
ring	Deadlock: strands wait for each other
count	control.count, confirmed
endless	A strand made no progress
END
one='explore.program=read'
runs 5 explore-cow --set $one --executions 50 --strategy pct --depth 1
says 'VOID: .* were not found'
says 'ring'
runs 0 explore-cow --set $one --executions 50 --strategy pct --depth 1 \
    --no-controls
! grep -q '^  controls\|VOID' out || fail "controls, though nobody asked"
runs 2 explore-cow --set explore.plant=rign
says 'ring'
runs 0 explore-cow --set explore.program='read | read' --strategy exhaustive
says 'every order that matters'
says 'controls: \([1-9][0-9]*\) of \1 bugs of our own'
# ThreadSanitizer tells this race by itself, once: executions are not alike.
if ! "$amapstorm" version | grep -q tsan; then
	runs 1 explore-cow --set explore.program='read | -' \
	    --strategy exhaustive --set explore.plant=unlocked --seed 3
	says 'lock.unguarded, confirmed'
	says 'again .*explore.guards=1'
fi

runs 2
runs 2 no-such
runs 2 explore-cow --strategy none
says 'random'
runs 2 explore-cow --executions 0
runs 2 explore-cow --for never
runs 2 explore-cow --points anywhere
runs 2 explore-cow --set explore.program='fork fly'
says "no operation 'fly'"
runs 2 explore-cow --set explore.program=
runs 2 explore-cow --replay '1: x'
runs 2 --replay '1: 0'
runs 2 --replay no-such-file
runs 2 --replay found.json
runs 2 explore-cow --save no/such/folder
runs 2 explore-cow --report sarif=no/such/folder
runs 2 explore-cow --report sarif
runs 2 explore-cow --set swap.device0=/dev/null
