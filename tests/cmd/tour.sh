#!/bin/sh
# Do the files and functions that docs/TOUR.md names exist?  A function is
# looked for in the file named last before it, then anywhere in that folder.
# usage: tour.sh SOURCE-ROOT

set -eu
cd "$1"
# Words in backquotes, one a line; a line break in the text may stand anywhere.
words=$(tr '\n' ' ' < docs/TOUR.md | grep -o '`[^`]*`' | tr -d '`' | tr ' ' '\n')
file='' failed=0 n=0
for word in $words; do
	case $word in
	*/*.c)
		file=$word
		[ -f "$file" ] || { echo "no such file: $file"; failed=1; }
		;;
	*[a-z]_[a-z]*)
		n=$((n + 1))
		grep -rqsE "(^|[^a-z_])$word\(" "$file" \
		    "$(dirname "$file")" --include='*.[ch]' || {
			echo "no $word in $(dirname "$file")"
			failed=1
		}
		;;
	esac
done
[ $n -ge 20 ] || { echo "only $n functions found in the tour"; failed=1; }
exit $failed
