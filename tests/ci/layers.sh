#!/bin/sh
# Does .ci/layers see what it must, and is it quiet where all is well?
# usage: layers.sh SOURCE-ROOT

set -eu
layers=$1/.ci/layers
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

tree() {
	rm -rf "$tmp/t"
	for dir in locks amap workloads analysis reports cmd; do
		mkdir -p "$tmp/t/$dir"
		printf '#include <stdio.h>\n' > "$tmp/t/$dir/$dir.h"
		printf '#include "%s/open.def"\n' "$dir" >> "$tmp/t/$dir/$dir.h"
		printf '#include "%s/%s.h"\n' "$dir" "$dir" \
		    > "$tmp/t/$dir/$dir.c"
	done
}

# planted FILE INCLUDE-LINE EXPECTED-TEXT
planted() {
	tree
	printf '/* line 1 */\n%s\n' "$2" > "$tmp/t/$1"
	if out=$("$layers" "$tmp/t"); then
		echo "missed: $1 with $2"
		failed=1
		return
	fi
	case $out in
	"$1:2: "*"$3"*) ;;
	*)	echo "wrong report for $1 with $2:"
		echo "    got      $out"
		echo "    expected $1:2: ...$3..."
		failed=1 ;;
	esac
}

# fine FILE INCLUDE-LINE
fine() {
	tree
	printf '/* line 1 */\n%s\n' "$2" > "$tmp/t/$1"
	if ! out=$("$layers" "$tmp/t"); then
		echo "false alarm: $1 with $2"
		echo "    $out"
		failed=1
	fi
}

planted locks/a.c	'#include "amap/amap.h"'	'to the left of amap'
planted amap/a.c	'#include "workloads/workloads.h"' 'to the left'
planted amap/a.h	'#include "cmd/cmd.h"'		'to the left'
planted workloads/a.c	'#include "analysis/analysis.h"' 'to the left'
planted analysis/a.c	'#include "reports/reports.h"'	'to the left'
planted amap/a.c	'#include "locks/lock_int.h"'	'only locks/locks.h'
planted cmd/a.c		'#include "amap/uvm_int.h"'	'only amap/amap.h'
planted workloads/a.def	'#include "amap/counters.def"'	'only amap/amap.h'
planted reports/a.c	'#include "workloads/workloads.h"' 'analysis alone'
planted reports/a.c	'#include "locks/locks.h"'	'analysis alone'
planted locks/a.c	'#include "lock_int.h"'		'from the root'
planted locks/a.c	'#include "../amap/amap.h"'	'from the root'
planted amap/a.c	'#include "locks/../amap/x.h"'	'. or ..'
planted amap/a.c	'#include <locks/locks.h>'	'in quotes'
planted amap/a.c	'  #  include	"cmd/cmd.h"'	'to the left'
planted amap/a.c	'#include LOCKS_HEADER'		'must name its file'

fine locks/a.c		'#include "locks/lock_int.h"'
fine amap/a.c		'#include "locks/locks.h"'
fine workloads/a.def	'#include "amap/open.def"'
fine amap/sub.c		'#include <urcu/rculist.h>'
fine workloads/a.c	'#include "amap/amap.h" /* "cmd/cmd.h" */'
fine analysis/a.c	'#include "workloads/workloads.h"'
fine reports/a.c	'#include "analysis/analysis.h"'
fine cmd/a.c		'#include "reports/reports.h"'
fine cmd/a.c		' * #include "amap/uvm_int.h" in a comment'

# A tree with nothing in it must not pass for a clean one.
mkdir "$tmp/empty"
if "$layers" "$tmp/empty" 2> /dev/null; then
	echo "an empty tree passed"
	failed=1
fi

"$layers" "$1" || { echo "the tree itself breaks the rule"; failed=1; }
exit $failed
