#!/bin/sh
# table: what Helgrind, ThreadSanitizer and this tool say of each program
# of the corpus; the table of docs/DEADLOCKS.md.
# usage: table.sh SOURCE JUDGE [CC]		the table on stdout
#	 table.sh SOURCE JUDGE CC check		0: as in docs/DEADLOCKS.md
#
# The first two see the pthread build of a program, in a run that does not
# deadlock (ThreadSanitizer in two: it has real threads).  Two programs are
# looked at at a time.  R: says that an order of locks is wrong; FP: says it of
# what cannot deadlock; FN: does not say it of what can; . : is silent, rightly;
# n/a: cannot be written with pthread.

set -eu
source=$1 judge=$2 cc=${3-cc} check=${4-}
here=$source/tests/deadlocks
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

build() {	# NAME FLAGS ...
	name=$1
	shift
	"$cc" -std=gnu11 -O1 -g -pthread -DDL_PTHREAD "$@" -I"$source" \
	    -o "$tmp/$name.$program" "$here/programs/$program.c"
}
# said PATTERN RUNS COMMAND ...: R if any run says it
said() {
	pattern=$1 runs=$2
	shift 2
	for i in $(seq "$runs"); do
		timeout 60 "$@" > "$tmp/out.$program" 2>&1 || :
		if grep -q -e "$pattern" "$tmp/out.$program"; then
			echo R
			return
		fi
	done
	echo .
}
# mark TRUTH SAID
mark() {
	case $1,$2 in
	DL,R)	echo R ;;
	DL,*)	echo FN ;;
	*,R)	echo FP ;;
	*)	echo . ;;
	esac
}

# row N: the line of one program, read from stdin
row() {
	IFS='	' read -r program truth strands pthread why
	helgrind=n/a tsan=n/a
	if [ "$pthread" = yes ]; then
		build plain
		helgrind=$(mark "$truth" "$(said 'lock order' 1 \
		    valgrind --tool=helgrind "$tmp/plain.$program")")
		build tsan -fsanitize=thread
		tsan=$(mark "$truth" "$(TSAN_OPTIONS=detect_deadlocks=1 \
		    said 'lock-order-inversion' 2 setarch -R \
		    "$tmp/tsan.$program")")
	fi
	line=$(grep "^$program	" "$tmp/judged")
	how=$(echo "$line" | cut -f6)
	case $how in
	witness)	how='predicted, confirmed' ;;
	places)		how='confirmed' ;;
	impossible)	how='all executions made' ;;
	esac
	said=$(echo "$line" | cut -f4)
	case $truth,$said in
	DL,ERROR | DL,WARN)	own="R $said" ;;
	DL,*)			own="FN $said" ;;
	SAFE,ERROR | SAFE,WARN)	own="FP $said" ;;
	*)			own=". $said" ;;
	esac
	own=$(echo "$own" | sed 's/ silent//')
	echo "| $program | $truth | $helgrind | $tsan | $own | $how | $why |" \
	    > "$tmp/row.$1"
}
# half FROM: every other program
half() {
	n=$1
	while [ "$n" -le "$programs" ]; do
		sed -n "${n}p" "$tmp/list" | row "$n"
		n=$((n + 2))
	done
}

"$judge" --list > "$tmp/list"
"$judge" --table > "$tmp/judged"
programs=$(wc -l < "$tmp/list")
half 1 &
other=$!
half 2
wait "$other"
{
	echo '| program | truth | Helgrind | ThreadSanitizer | amapstorm | how | what it is |'
	echo '|---|---|---|---|---|---|---|'
	for n in $(seq "$programs"); do
		cat "$tmp/row.$n"
	done
} > "$tmp/table"

# => right and wrong answers of a column, for the last row
sum() {
	awk -F' *[|] *' -v c="$1" 'NR > 2 && $c != "n/a" {
		split($c, a, " "); n++; good += a[1] == "R" || a[1] == "." }
		END { printf "%d of %d", good, n }' "$tmp/table"
}
echo "| right | | $(sum 4) | $(sum 5) | $(sum 6) | | |" \
    >> "$tmp/table"

if [ "$check" = check ]; then
	sed -n '/^| program/,/^| right/p' "$source/docs/DEADLOCKS.md" > \
	    "$tmp/known"
	diff "$tmp/known" "$tmp/table" || {
		echo "FAILED: docs/DEADLOCKS.md has another table"
		exit 1
	}
else
	cat "$tmp/table"
fi
