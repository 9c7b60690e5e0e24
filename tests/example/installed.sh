#!/bin/sh
# The example of docs/examples is built against an installed library, as a
# stranger would do it, and the report of its record names what is wrong.
# usage: installed.sh BUILD SOURCE AMAPSTORM CC

set -eu
build=$1 source=$2 amapstorm=$3 cc=$4
tmp=$(mktemp -d "$build/example.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "FAILED: $*"
	cat "$tmp/out" "$tmp/err"
	exit 1
}

cmake --install "$build/locks" --prefix "$tmp/prefix" > "$tmp/log"
PKG_CONFIG_PATH=$(dirname "$(find "$tmp/prefix" -name amapstorm-locks.pc)")
export PKG_CONFIG_PATH
cp -r "$source/docs/examples/bank" "$tmp/bank"
make -s -C "$tmp/bank" CC="$cc" > "$tmp/out" 2> "$tmp/err" || fail make
[ ! -s "$tmp/err" ] || fail 'warnings'
cd "$tmp/bank"
./bank > "$tmp/out" 2> "$tmp/err" || fail bank
grep -q ' transfers booked, 0 lost' "$tmp/out" || fail 'money was lost'

code=0
"$amapstorm" report bank.lk > "$tmp/out" 2> "$tmp/err" || code=$?
[ $code -eq 1 ] || fail "exit code $code, expected 1"
for line in 'command  bank$' '^ERROR 1: Lock order inversion' \
    '\(account and journal\|journal and account\) are taken in both orders' \
    'clerk took journal .*(write)' 'clerk then wanted account .*(read)' \
    'teller[0-9] took account' 'teller[0-9] then wanted journal' \
    'bank.c:[0-9]* book' 'bank.c:[0-9]* clerk' '^LOCKS' '^journal ' \
    '^account ' 'writers for a writer'; do
	grep -q -- "$line" "$tmp/out" || fail "nothing of: $line"
done
for none in '^ERROR 2' COVERAGE 'MEMORY AND' '[-]-seed'; do
	if grep -q "$none" "$tmp/out"; then
		fail "too much: $none"
	fi
done
# It is contended, and the journal is what the longest waits are for.
"$amapstorm" report bank.lk --format json > "$tmp/json" 2> "$tmp/err" ||
    [ $? -eq 1 ] || fail json
waits=$(sed -n 's/.*"contended": \([0-9]*\),*$/\1/p' "$tmp/json" |
    awk '{ n += $1 } END { print n + 0 }')
[ "$waits" -gt 0 ] || fail 'no contention'

# A copy in which holes were filled is the same; cut or changed it is none.
cp --sparse=always bank.lk whole.lk
dd if=bank.lk of=whole.lk bs=1M count=20 conv=notrunc 2> /dev/null
"$amapstorm" report whole.lk > "$tmp/again" 2> "$tmp/err" || [ $? -eq 1 ] ||
    fail copy
diff "$tmp/out" "$tmp/again" || fail 'the copy is told differently'
rm whole.lk
bad() {
	code=0
	"$amapstorm" report "$1" > "$tmp/out" 2> "$tmp/err" || code=$?
	[ $code -eq 2 ] || fail "$1: exit code $code, expected 2"
	[ "$(wc -l < "$tmp/err")" -eq 1 ] || fail "$1: not one line"
	grep -q "$2" "$tmp/err" || fail "$1: expected $2"
}
cp --sparse=always bank.lk changed.lk
printf x | dd of=changed.lk bs=1 seek=600 conv=notrunc 2> /dev/null
bad changed.lk 'damaged record'
head -c 100000 bank.lk > cut.lk
bad cut.lk 'no saved run'
# A folder that is not there is told, and the program ends.
code=0
./bank 10 no/such/bank.lk > "$tmp/out" 2> "$tmp/err" || code=$?
[ $code -eq 1 ] || fail "exit code $code"
grep -q 'no/such/bank.lk: No such file' "$tmp/err" || fail 'no reason'
exit 0
