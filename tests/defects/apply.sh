#!/bin/sh
# usage: apply.sh PATCH-PROGRAM ROOT FILE.patch DIR
# Put the files that FILE.patch changes into DIR, changed.
set -eu
for f in $(sed -n 's,^+++ b/,,p' "$3"); do
	mkdir -p "$4/$(dirname "$f")"
	cp -f "$2/$f" "$4/$f"
done
"$1" -s -p1 -F0 --no-backup-if-mismatch -r - -d "$4" -i "$3" || {
	echo "$3 does not apply any more: the code that it changes has changed" >&2
	exit 1
}
