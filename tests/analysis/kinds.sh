#!/bin/sh
# Has every incident that the code can report a row in findings.def?
# usage: kinds.sh SOURCE-ROOT

set -eu
cd "$1"
kinds=$(find locks amap workloads cmd -name '*.[ch]' -exec cat {} + |
    tr '\n' ' ' | grep -oE 'lk_incident(_at)?\([[:space:]]*[^()",]*"[^"]+"' |
    sed 's/.*"\(.*\)"/\1/' | LC_ALL=C sort -u)
rows=$(sed -n 's/^FINDING("\([^"]*\)".*/\1/p' analysis/findings.def)
failed=0
# A search that finds next to nothing is broken, not satisfied.
[ "$(echo "$kinds" | wc -l)" -ge 20 ] || { echo "found only: $kinds"; exit 1; }
for kind in $kinds; do
	found=no
	for row in $rows; do
		case $kind in "$row"|"$row".*) found=yes ;; esac
	done
	[ $found = yes ] || { echo "no row in findings.def: $kind"; failed=1; }
done
exit $failed
