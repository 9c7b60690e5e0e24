#!/bin/sh
# Files that cannot be subjects: one clear line, exit code 2, nothing left
# behind.
# usage: broken.sh AMAPSTORM uvm_amap.c SUBJECT FLAVOUR

set -eu
amapstorm=$1 source=$2 subject=$3 flavour=$4
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
XDG_CACHE_HOME=$tmp/cache
export XDG_CACHE_HOME
cd "$tmp"

fail() {
	echo "FAILED: $*"
	cat out err
	exit 1
}

# refused CODE PATTERN COMMAND ...
refused() {
	want=$1 pattern=$2 code=0
	shift 2
	"$amapstorm" "$@" > out 2> err || code=$?
	[ $code -eq "$want" ] || fail "$*: exit code $code, expected $want"
	grep -Eq "$pattern" out err || fail "$*: nothing like \"$pattern\""
	[ -z "$(ls *.so ./*.so.* 2> /dev/null)" ] || fail "left behind: $(ls)"
	[ -z "$(ls cache/amapstorm/subjects 2> /dev/null)" ] ||
	    fail 'left in the cache'
}

# Does not compile: the compiler's own words.
{ cat "$source"; echo 'int f(void) { return nothing; }'; } > bad.c
refused 2 'bad.c:[0-9]+.*nothing' subject build bad.c -- -O0
refused 2 'bad.c: does not compile' run cow --subject bad.c

# Lacks a function: which, and how it should look.
sed 's/^amap_splitref(/amap_divideref(/' "$source" > lacks.c
refused 2 'lacks.c: defines no amap_splitref; expected void amap_splitref\(struct vm_aref \*orig' \
    subject build lacks.c -- -O0
refused 2 'defines no amap_splitref' run cow --subject lacks.c
sed 's/^LIST_HEAD(, vm_amap) amap_list/static &/' "$source" > static.c
refused 2 'defines no amap_list; expected LIST_HEAD' subject build static.c -- -O0

# Calls what nobody has.
{
	cat "$source"
	echo 'void uvm_loanbreak(void);'
	echo 'void g(void) { uvm_loanbreak(); }'
} > calls.c
refused 2 'calls.c: uses uvm_loanbreak, which the harness does not have' \
    subject build calls.c -- -O0
echo 'void g(void) { undeclared(); }' | cat "$source" - > calls.c
refused 2 'calls.c:[0-9]+.*undeclared' subject build calls.c -- -O0

# What the compiler guesses was meant is not what the file says.
echo 'void g(void) { uvm_lock_fpageq(); }' | cat "$source" - > other.c
refused 2 'other.c: does not compile' subject build other.c
! grep -q 'amap_adjref_anons' err || fail 'tells of a helper that is no matter'

# Another revision than it is built for.
sed 's/amap_lock(\([a-z]*\));/amap_lock(\1, RW_WRITE);/' "$source" > new.c
refused 2 'not written to revision 1.89 .*expected --rev 1.96' \
    subject build new.c
refused 2 'not written to revision 1.96 .*expected --rev 1.89' \
    subject build --rev 1.96 "$source"
refused 2 'not written to revision 1.98 .*expected --rev 1.89 or 1.96' \
    subject build --rev 1.98 new.c

# No subjects at all.
refused 2 'no-such.c: No such file' subject build no-such.c
refused 2 'no-such.c: No such file' run --subject no-such.c
refused 2 'no-such.so: No such file' run --subject no-such.so
refused 2 'is no shared object' run --subject "$0"
refused 2 'is no subject' run --subject "$(ldd /bin/sh |
    sed -n 's|.*=> \(/[^ ]*libc\.so[^ ]*\).*|\1|p')"
mkdir dir.c
refused 2 'directory' subject build dir.c
mkfifo pipe.c pipe.fifo
refused 2 'no regular file' subject build pipe.c
refused 2 'no regular file' run --subject pipe.c
refused 2 'is no shared object' run --subject pipe.fifo
: > empty.c
refused 2 'and 15 more of 20; is it an uvm_amap.c' subject build empty.c
refused 2 'expected a C source file' subject build "$subject"
refused 2 'cannot be written' subject build "$source" -o no/such/dir/x.so
refused 2 'no such revision; expected 1.89' subject build --rev 1.5 "$source"
refused 2 'no such flavour; expected plain' subject build --flavour x "$source"
refused 2 'no option --revision' subject build --revision 1.89 "$source"
refused 2 'expected a value' subject build "$source" -o
refused 2 'expected build or check' subject
refused 2 'neither build nor check' subject run
refused 2 'expected a file' subject check
refused 2 'expected one file' subject check a.c b.c

head -c 1000 "$subject" > half
refused 2 'half: is no' run --subject ./half

# Built against other headers than the program's.
mkdir -p old/amapstorm
sed 's/pr_opaque\[[0-9]*\]/pr_opaque[40]/' \
    "$(dirname "$amapstorm")/../include/amapstorm/compat/amapstorm/kernel.h" \
    > old/amapstorm/kernel.h
"$amapstorm" subject build "$source" --flavour "$flavour" --cc "cc -Iold" \
    -o old.sub -- -O0 > out 2> err || fail 'cannot build the old one'
refused 2 'another version of amapstorm \(the size of struct pool' \
    run --subject ./old.sub

# Of a flavour whose program is not here.
LC_ALL=C sed 's/flavour [pta]/flavour x/' "$subject" > x.sub
refused 3 'needs the x[a-z]* flavour of amapstorm, which is not installed' \
    run --subject ./x.sub

# What does work: a header of its own, a file with a static helper, the cache.
sed 's/amap_lock(\([a-z]*\));/amap_lock(\1, RW_WRITE);/' "$source" |
    sed '/uvm_lock_pageq();/d;/uvm_unlock_pageq();/d' > new.c
for rev in 1.98 1.100; do
	"$amapstorm" subject build --rev $rev new.c -o new.so -- -O0 > out 2> err ||
	    fail "revision $rev"
	grep -q "new.so: revision $rev, flavour " out || fail "says $(cat out)"
done
"$amapstorm" run cow --subject new.so --duration 0 --ops 200 -q -o none \
    > out 2> err || fail 'revision 1.100 does not run'
"$amapstorm" subject check new.so > out 2> err || fail 'check'
grep -q 'defines  amap_splitref' out || fail 'check says nothing'
# One helper as the header has it, another one in a way of its own.
sed 's/^enum plant {/static void early(struct vm_amap *a)\n{\n\tamap_pp_establish(a);\n}\n&/' \
    "$source" > early.c
"$amapstorm" subject build early.c -o early.so -- -O0 > out 2> err ||
    fail 'helpers of both kinds'
odd='a "b" \c'"'"'s $d.c'
cp "$source" "$odd"
"$amapstorm" subject build "./$odd" -o odd.so -- -O0 > out 2> err ||
    fail 'a name with anything in it'
"$amapstorm" subject check odd.so > out 2> err || fail 'check of an odd name'
grep -Fq "$odd" out || fail 'the name is not said as it is'
cp "$source" cached.c
for i in 1 2; do
	"$amapstorm" run cow --subject cached.c --duration 0 --ops 200 -q \
	    -o none > out 2> err || fail 'from source'
done
[ "$(ls cache/amapstorm/subjects | wc -l)" -eq 1 ] || fail 'built twice'
echo '/* changed */ int more;' >> cached.c
"$amapstorm" run cow --subject cached.c --duration 0 --ops 200 -q -o none \
    > out 2> err || fail 'changed source'
[ "$(ls cache/amapstorm/subjects | wc -l)" -eq 2 ] || fail 'not built again'
exit 0
