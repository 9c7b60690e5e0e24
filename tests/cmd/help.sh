#!/bin/sh
# Help and lists fit 80 columns, and speak of all there is.
# usage: help.sh AMAPSTORM MAN-PAGE

set -eu
amapstorm=$1 man=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# shows NAME ARGUMENT ...: works, fits, and is not empty
shows() {
	"$amapstorm" "$@" > "$tmp/out" || {
		echo "FAILED: amapstorm $*"
		failed=1
	}
	awk -v of="$*" 'length > 79 { print "too wide, " of ": " $0; bad = 1 }
	    END { if (NR == 0) print "nothing from " of
	    exit bad || NR == 0 }' "$tmp/out" || failed=1
	if grep -q "$(printf '\033')" "$tmp/out"; then
		echo "escape codes on a pipe: $*"
		failed=1
	fi
}

shows help
commands=$(awk '/^  [a-z-]+ / && !/amapstorm/ { print $1 }' "$tmp/out")
[ -n "$commands" ]
for command in $commands; do
	case $command in [0-9]*) continue ;; esac
	shows help "$command"
	shows "$command" --help
	grep -q "^usage: amapstorm $command" "$tmp/out" || {
		echo "no usage line for $command"
		failed=1
	}
	grep -q "^\\.It Cm $command\$" "$man" || {
		echo "the manual page does not tell of $command"
		failed=1
	}
done
shows --help
shows version
shows --version
shows list
for what in scenarios locks schemes sites operations keys counters findings \
    passes formats; do
	shows list $what
done

# Options that are no keys stand in the manual page.
"$amapstorm" help run | sed -n '/^Options:/,/^Options that/p' |
    sed -n 's/^  --\([a-z-]*\).*/\1/p' > "$tmp/options"
[ -s "$tmp/options" ]
while read -r option; do
	[ "$option" != help ] || continue
	grep -q -- "Fl -$option" "$man" || {
		echo "the manual page does not tell of --$option"
		failed=1
	}
done < "$tmp/options"

if command -v mandoc > /dev/null; then
	mandoc -T lint -W warning "$man" || failed=1
fi
exit $failed
