#!/bin/sh
# Does every patch still apply?  A table of defects that cannot be made any
# more shows nothing.
# usage: patches.sh PATCH-PROGRAM SOURCE-ROOT
set -u
here=$(dirname "$0")
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0
n=0
for p in "$here"/[mr][0-9][0-9].patch; do
	id=$(basename "$p" .patch)
	grep -q "^$id	" "$here/defects.tsv" || {
		echo "$id.patch has no row in defects.tsv"
		failed=1
	}
	"$here/apply.sh" "$1" "$2" "$p" "$dir" || failed=1
	n=$((n + 1))
done
# A search that finds nothing is broken, not satisfied.
[ $n -ge 25 ] || { echo "found only $n patches"; failed=1; }
exit $failed
