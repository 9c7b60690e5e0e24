#!/bin/sh
# bench/defects.sh: how soon each known defect of tests/defects is found.
#
# usage: bench/defects.sh BUILD [ID ...]	a table on standard output
#        bench/defects.sh BUILD --doc		and put it into docs/EXPLORE.md
#        bench/defects.sh BUILD --gate ID	one row of the gate: exit 0 if the
#						defect is found, as what it must
#						be, and nothing without it
#        bench/defects.sh BUILD --all		all rows: exit 0 if each is found
#						by some strategy, and nothing in
#						the sound program
#
# Environment: SEEDS (20), BUDGET executions of a search (3000), STRESS seconds
# of plain stress (20), PROCS searches at a time (2), STRATEGIES.
#
# What the table has measured is kept in BUILD/tests/defects/kept, so that it
# goes on where it was cut off; with MINUTES it ends by itself.  FRESH=1
# measures all anew: how many executions it takes depends on the program alone,
# not on the machine or its load.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
shift
jobs=$root/tests/defects
sound=$build/cmd/amapstorm
SEEDS=${SEEDS:-20} BUDGET=${BUDGET:-3000} STRESS=${STRESS:-20}
PROCS=${PROCS:-2}
STRATEGIES=${STRATEGIES:-random pct pos surw delay}
kept=$build/tests/defects/kept/$SEEDS-$BUDGET-$STRESS
export SEEDS BUDGET STRESS

row() {		# ID COLUMN
	awk -F '\t' -v id="$1" -v n="$2" '$1 == id { print $n }' \
	    "$jobs/defects.tsv"
}

program() {	# ID
	if [ -f "$jobs/$1.patch" ]; then
		echo "$build/tests/defects/amapstorm-defect-$1"
	else
		echo "$sound"
	fi
}

# The names of what was found, the first of them first.
names() {	# JSON
	awk '/^  "findings": \[/ { on = 1 } on && /^  \]/ { exit }
	    on && /^      "name": / { gsub(/[",]/, ""); print $2 }' "$1"
}

# "executions finding", or "> executions -" if nothing was found.
search() {	# PROGRAM JOB STRATEGY SEED EXECUTIONS OPTION ...
	p=$1 job=$2 strategy=$3 seed=$4 budget=$5 code=0
	shift 5
	json=$(mktemp)
	timeout 600 "$p" explore "$jobs/$job.job" "$@" --strategy "$strategy" \
	    --set run.seed="$seed" --seed "$seed" --executions "$budget" \
	    --minimise 0 --no-controls -q \
	    --json "$json" > /dev/null 2>&1 || code=$?
	if [ $code -eq 1 ]; then
		awk '/^    "executions":/ { n = $2 + 0 }
		    /^    "failed_at":/ { at = $2 + 0 }
		    END { printf "%d ", at != 0 ? at : n + 1 }' "$json"
		names "$json" | head -n 1
	elif [ $code -eq 5 ]; then	# it died, and not when told again
		awk '/^    "executions":/ { print $2 + 1, "crash" }' "$json"
	elif [ $code -eq 0 ]; then
		echo "> $budget -"
	else
		echo "! $code $p explore $job $* --strategy $strategy" \
		    "--seed $seed" >&2
		echo "! $code -"
	fi
	rm -f "$json"
}

# Is it one of those that it may be?
fits() {	# ID FINDING
	for want in $(row "$1" 5); do
		case $2 in "$want"|"$want".*) return 0 ;; esac
	done
	return 1
}

# The mean over all seeds.  Three in vain end it.
cell() {	# ID STRATEGY
	id=$1 strategy=$2 k=0 sum=0 found=0
	# shellcheck disable=SC2046
	set -- $(row "$id" 4)
	while [ $k -lt "$SEEDS" ]; do
		got=$(job=$1 && shift && search "$(program "$id")" "$job" \
		    "$strategy" $((1 + k * 1000000)) "$BUDGET" "$@")
		k=$((k + 1))
		case $got in
		'! '*)	exit 1 ;;
		'> '*)	sum=$((sum + BUDGET)) ;;
		*)	sum=$((sum + ${got% *})) found=$((found + 1))
			fits "$id" "${got##* }" ||
			    echo "$id: found as ${got##* }" >&2 ;;
		esac
		[ $k -lt 3 ] || [ $found -gt 0 ] || break
	done
	if [ $found -eq 0 ]; then
		echo "> $BUDGET"
	elif [ $found -lt $k ]; then
		echo "> $((sum / k)) ($found of $k)"
	else
		echo $(((sum + k / 2) / k))
	fi
}

# Seconds, and operations of all strands until then.
stress() {	# ID
	code=0
	json=$(mktemp)
	# shellcheck disable=SC2046
	timeout $((STRESS + 60)) "$(program "$1")" run $(row "$1" 3) \
	    --duration "${STRESS}s" --warmup 0 --hang 5s --stop-on-finding \
	    -q -o none --json "$json" > /dev/null 2>&1 || code=$?
	awk -v missed=$((code != 1)) -v most="$STRESS" '
	    function short(n) {
		if (n < 1000)
			return n
		if (n < 1e6)
			return int(n / 100) / 10 "k"
		return int(n / 1e5) / 10 "M"
	    }
	    /^    "elapsed_ns":/ && ns == 0 { ns = $2 }
	    /^  "operations":/ { on = 1; next }
	    /^  [}"]/ { on = 0 }
	    on && /"(done|refused|skipped)":/ { ops += $2 }
	    END { if (missed) printf "> %d | > %s", most, short(ops)
		else printf "%.1f | %s", ns / 1e9, short(ops) }' "$json"
	rm -f "$json"
}

# A cell that has been measured stays; after the deadline no more begin.
one() {		# ID WHAT
	[ ! -s "$kept/$1.$2" ] || return 0
	[ "$DEADLINE" -eq 0 ] || [ "$(date +%s)" -lt "$DEADLINE" ] || return 0
	case $2 in
	stress)	stress "$1" ;;
	*)	cell "$1" "$2" ;;
	esac > "$kept/$1.$2.new"
	mv "$kept/$1.$2.new" "$kept/$1.$2"
}

show() {	# ID WHAT
	cat "$kept/$1.$2" 2> /dev/null || case $2 in
	stress)	printf 'not measured | ' ;;
	*)	printf 'not measured' ;;
	esac
}

title() {	# ID
	if [ -f "$jobs/$1.patch" ]; then
		sed -n '1s/^[A-Z0-9]*: //p' "$jobs/$1.patch"
	else
		echo "swap-off waits for amaps under the list lock (scheme blocking)"
	fi
}

table() {	# ID ...
	[ -z "${FRESH:-}" ] || rm -rf "$kept"
	mkdir -p "$kept"
	DEADLINE=0
	[ -z "${MINUTES:-}" ] || DEADLINE=$(($(date +%s) + MINUTES * 60))
	export DEADLINE
	for id; do
		for what in stress $STRATEGIES; do
			echo "$id $what"
		done
	done | xargs -P "$PROCS" -L 1 "$root/bench/defects.sh" "$build" --one ||
	    :
	printf '| defect | what is wrong | hard | found as | stress, s |'
	printf ' operations |'
	for s in $STRATEGIES; do printf ' %s |' "$s"; done
	printf '\n|---|---|---|---|--:|--:|'
	for s in $STRATEGIES; do printf -- '--:|'; done
	echo
	for id; do
		printf '| %s | %s | %s | %s | %s |' \
		    "$(echo "$id" | tr mr MR)" "$(title "$id")" \
		    "$(row "$id" 2)" "$(row "$id" 5 | sed 's/ .*//')" \
		    "$(show "$id" stress)"
		for s in $STRATEGIES; do
			printf ' %s |' "$(show "$id" "$s")"
		done
		echo
	done
}

doc() {		# ID ...
	text=$(mktemp)
	table "$@" > "$text"
	awk -v text="$text" '
	    /^<!-- defects begin -->$/ { print; on = 1
		while ((getline line < text) > 0) print line }
	    /^<!-- defects end -->$/ { on = 0 }
	    !on { print }' "$root/docs/EXPLORE.md" > "$text.doc"
	cat "$text"
	cp "$text.doc" "$root/docs/EXPLORE.md"
	rm -f "$text" "$text.doc"
}

gate() {	# ID
	id=$1
	# shellcheck disable=SC2046
	set -- $(row "$id" 6) $(row "$id" 4)
	strategy=$1 budget=$2 job=$3
	shift 3
	got=$(search "$(program "$id")" "$job" "$strategy" 1 "$budget" "$@")
	echo "$id: $got"
	fits "$id" "${got##* }" || exit 1
	[ -f "$jobs/$id.patch" ] || return 0
	got=$(search "$sound" "$job" "$strategy" 1 "$budget" "$@")
	echo "without it: $got"
	[ "$got" = "> $budget -" ]
}

# A row, by one strategy after the other, of three seeds, until it is found.
found() {	# ID
	id=$1
	# shellcheck disable=SC2046
	set -- $(row "$id" 4)
	job=$1
	shift
	for seed in 1 1000001 2000001; do
		for strategy in $STRATEGIES; do
			got=$(search "$(program "$id")" "$job" "$strategy" \
			    $seed "$BUDGET" "$@")
			case $got in
			'> '*)	continue ;;
			esac
			fits "$id" "${got##* }" && return 0
			echo "$id: found as ${got##* } by $strategy"
			return 1
		done
	done
	echo "$id: not found in $BUDGET executions of any strategy"
	return 1
}

# The sound program with a job, options and all, by a strategy.
clean() {	# STRATEGY JOB OPTION ...
	strategy=$1 job=$2
	shift 2
	got=$(search "$sound" "$job" "$strategy" 1 "$BUDGET" "$@")
	[ "$got" = "> $BUDGET -" ] && return 0
	echo "the sound program, $job, $strategy: $got"
	return 1
}

every() {
	cmake --build "$build" --target defects > /dev/null
	{
		for id in $all; do echo "--found $id"; done
		for strategy in $STRATEGIES; do
			for job in $(awk -F '\t' '/^[mr][0-9]/ {
			    sub(/ .*/, "", $4); print $4 }' \
			    "$jobs/defects.tsv" | sort -u); do
				echo "--clean $strategy $job"
			done
		done
	} | xargs -P "$PROCS" -L 1 "$root/bench/defects.sh" "$build"
}

all=$(awk -F '\t' '/^[mr][0-9]/ { print $1 }' "$jobs/defects.tsv")
case ${1:-} in
--one)	shift; one "$@" ;;
--gate)	gate "$2" ;;
--found) found "$2" ;;
--clean) shift; clean "$@" ;;
--all)	every ;;
--doc)	doc $all ;;
'')	table $all ;;
*)	table "$@" ;;
esac
