#!/bin/sh
# Does docs/JOBS.md show the keys that the program knows, and nothing else?
# usage: jobs.sh AMAPSTORM JOBS.md [write]

set -eu
amapstorm=$1 doc=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$amapstorm" list keys > "$tmp/keys"
[ -s "$tmp/keys" ]
# The reference is the block between these two lines.
begin='<!-- keys: begin -->' end='<!-- keys: end -->'
sed -n "/^$begin\$/,/^$end\$/p" "$doc" | sed '1,2d;$d' | sed '$d' > "$tmp/doc"

if [ "${3:-}" = write ]; then
	{
		sed "/^$begin\$/q" "$doc"
		echo '```'
		cat "$tmp/keys"
		echo '```'
		sed -n "/^$end\$/,\$p" "$doc"
	} > "$tmp/new"
	cat "$tmp/new" > "$doc"
	exit 0
fi
diff -u "$tmp/doc" "$tmp/keys" || {
	echo "docs/JOBS.md has drifted; run: $0 $amapstorm $doc write"
	exit 1
}
