#!/bin/sh
# Does an installed tree hold all it should, and can a stranger's program be
# built against the locks library in it?
# usage: install.sh BUILD-FOLDER CC CMAKE [SANITIZER-FLAGS]

set -eu
build=$1 cc=$2 cmake=$3
san=$(printf '%s' "${4:-}" | tr ';' ' ')
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
prefix=$tmp/prefix

"$cmake" --install "$build" --prefix "$prefix" > "$tmp/log" 2>&1 || {
	cat "$tmp/log"
	exit 1
}

failed=0
for file in bin/amapstorm share/man/man1/amapstorm.1 \
    share/amapstorm/jobs/storm.job share/doc/amapstorm/README.md \
    share/doc/amapstorm/LICENSE share/doc/amapstorm/TOUR.md; do
	[ -s "$prefix/$file" ] || { echo "not installed: $file"; failed=1; }
done
"$prefix/bin/amapstorm" version || failed=1

pc=$(find "$prefix" -name amapstorm-locks.pc)
[ -n "$pc" ] || { echo "no amapstorm-locks.pc"; exit 1; }
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
cat > "$tmp/small.c" <<'PROGRAM'
#include <stdio.h>

#include <locks/locks.h>

static struct rwlock lock = RWLOCK_INITIALIZER("small");

int
main(void)
{
	struct lk_totals sum;
	uint32_t class;

	if (lk_strand_adopt("main", NULL) != 0)
		return 1;
	rw_enter_write(&lock);
	rw_exit_write(&lock);
	rw_enter_read(&lock);
	rw_exit_read(&lock);
	class = lk_record_class_find(lk_record_current(), "small", LKN_LOCK);
	lk_record_sum(lk_record_current(), class, 0, LKM_NONE, &sum);
	lk_strand_leave();
	printf("taken %llu times\n",
	    (unsigned long long)sum.c[LKC_acquired]);
	return sum.c[LKC_acquired] == 2 ? 0 : 1;
}
PROGRAM
# Lists of flags.
# shellcheck disable=SC2046,SC2086
"$cc" -std=gnu11 -Wall -Werror $san $(pkg-config --cflags amapstorm-locks) \
    -o "$tmp/small" "$tmp/small.c" $(pkg-config --static --libs amapstorm-locks)
out=$(LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")") "$tmp/small")
[ "$out" = "taken 2 times" ] || { echo "small program: $out"; failed=1; }
exit $failed
