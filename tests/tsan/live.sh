#!/bin/sh
# A subject with two races: one is new, one documented; then known, then gone.
# usage: live.sh AMAPSTORM uvm_amap.c

set -eu
amapstorm=$1 source=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
XDG_CACHE_HOME=$tmp/cache
export XDG_CACHE_HOME

fail() {
	echo "FAILED: $*"
	cat out err
	exit 1
}

# expect CODE ARGUMENT ...
expect() {
	want=$1
	shift
	code=0
	"$amapstorm" tsan storm --for 3s "$@" > out 2> err || code=$?
	[ $code -eq "$want" ] || fail "$*: code $code, not $want"
}

# A counter without a lock of its own, and a look at am_ref without one.
awk '/^amap_lookups\(/ { in_it = 1 }
    in_it && /while \(npages > 0\)/ {
	print "\tlookups++;"
	in_it = 0
    }
    /^amap_unref\(/ { unref = 1 }
    { print }
    unref && /^\{/ {
	print "\tif (amap->am_ref == 12345)"
	print "\t\tpanic(\"many\");"
	unref = 0
    }
    /^LIST_HEAD\(, vm_amap\)/ { print "static long lookups;" }' \
    "$source" > racy.c

expect 1 --subject racy.c --report sarif=new.sarif --report junit=new.xml
grep -q '^NEW .*amap_lookups (racy.c)' out || fail 'the counter is not new'
grep -q '^ .*of 8 bytes in .*, with .*amaplk W held$' out || fail 'no locks'
grep -q "global 'lookups'" out || fail 'no location'
grep -q '^NEW .*amap_unref' out && fail 'a hint is new'
grep -q '"ruleId": "tsan.new"' new.sarif || fail 'not in SARIF'
grep -q 'type="tsan.new"' new.xml || fail 'not in JUnit'

expect 0 --subject racy.c --baseline known --update
grep -q 'amap_lookups' known || fail 'not in the baseline'
expect 0 --subject "$source" --baseline known
grep -q '^gone .*amap_lookups' out || fail 'not gone'
sed 's/amap_lookups (racy.c)$/& # it only counts/' known > reasons
expect 0 --subject racy.c --baseline reasons --report junit=old.xml
grep -q '^documented .*amap_lookups' out || fail 'no reason'
grep -q '^    it only counts' out || fail 'which reason?'
grep -q 'type="tsan' old.xml && fail 'a failure in JUnit'
exit 0
