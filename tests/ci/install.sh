#!/bin/sh
# Does an installed tree hold all it should, and does it run?
# usage: install.sh BUILD-FOLDER CMAKE

set -eu
build=$1 cmake=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
prefix=$tmp/prefix

"$cmake" --install "$build" --prefix "$prefix" > "$tmp/log" 2>&1 || {
	cat "$tmp/log"
	exit 1
}

failed=0
for file in bin/amapstorm share/man/man1/amapstorm.1 \
    share/amapstorm/jobs/storm.job share/amapstorm/jobs/cow.job \
    share/amapstorm/amapstorm-report.schema.json \
    share/doc/amapstorm/README.md \
    share/doc/amapstorm/LICENSE share/doc/amapstorm/TOUR.md; do
	[ -s "$prefix/$file" ] || { echo "not installed: $file"; failed=1; }
done
"$prefix/bin/amapstorm" version || failed=1

"$prefix/bin/amapstorm" run "$prefix/share/amapstorm/jobs/cow.job" \
    --threads 2 --ops 500 --duration 0 -q > "$tmp/log" 2>&1 || {
	cat "$tmp/log"
	failed=1
}
# What is built against it: locks.install.
[ -n "$(find "$prefix" -name amapstorm-locks.pc)" ] || {
	echo "no amapstorm-locks.pc"
	failed=1
}
exit $failed
