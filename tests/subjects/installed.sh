#!/bin/sh
# From a prefix a subject is built, run and explored; and a flavour that is not
# there is told with what brings it there.
# usage: installed.sh CMAKE BUILD uvm_amap.c

set -eu
cmake=$1 build=$2 source=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
XDG_CACHE_HOME=$tmp/cache AMAPSTORM_RUNS=none
export XDG_CACHE_HOME AMAPSTORM_RUNS
# nothing may be found but there, whatever its name
prefix="$tmp/a prefix's"
"$cmake" --install "$build" --prefix "$prefix" > "$tmp/out" 2>&1 || {
	cat "$tmp/out"
	exit 1
}
amapstorm="$prefix/bin/amapstorm"
mkdir "$tmp/uvm"
cp "$source" "$tmp/uvm/uvm_amap.c"
cd "$tmp/uvm"

# ends CODE ARGUMENT ...
ends() {
	want=$1 code=0
	shift
	"$amapstorm" "$@" > "$tmp/out" 2>&1 || code=$?
	[ $code -eq "$want" ] || {
		echo "FAILED: $*: exit code $code, expected $want"
		cat "$tmp/out"
		exit 1
	}
}
says() {
	grep -Eq "$1" "$tmp/out" || {
		echo "FAILED: nothing like \"$1\""
		cat "$tmp/out"
		exit 1
	}
}
ends 0 subject check uvm_amap.c
ends 0 run cow --subject uvm_amap.c --duration 0 --ops 200 -q
says 'uvm_amap.c, in place of the built-in one'
ends 0 subject build uvm_amap.c --flavour explore -o e.so -- -O0
ends 0 explore explore-cow --subject e.so --points memory --executions 5 -q
for flavour in tsan asan; do
	ends 0 subject build uvm_amap.c --flavour $flavour -o $flavour.so -- -O0
	ends 3 run cow --subject $flavour.so -q
	says "needs the $flavour flavour.*cmake --preset $flavour && .*--install"
done
ends 3 tsan cow --subject uvm_amap.c -q
says 'needs the tsan flavour|cmake --preset tsan'
rm -r "$prefix/include"
ends 3 subject build uvm_amap.c
says 'headers for subjects are not installed'
