#!/bin/sh
# What bad input gets: one clear line, the right exit code, and nothing left
# behind.
# usage: bad.sh AMAPSTORM

set -eu
amapstorm=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/work"
cd "$tmp/work"
failed=0

wrong() {
	failed=1
	echo "FAILED: amapstorm $args"
	echo "    $1"
	sed 's/^/    | /' ../err
}

# bad CODE TEXT ARGUMENT ...: exits with CODE and one line that has TEXT in it
bad() {
	want=$1 text=$2
	shift 2
	args=$*
	before=$(ls -A)
	code=0
	"$amapstorm" "$@" > ../out 2> ../err || code=$?
	[ "$code" -eq "$want" ] || wrong "exit code $code, expected $want"
	[ ! -s ../out ] || wrong "something on standard output"
	# A run says first what it runs; the complaint is one line.
	said=$(grep '^amapstorm: ' ../err || :)
	[ "$(echo "$said" | wc -l)" -eq 1 ] || wrong "more than one line"
	case $said in
	*"$text"*) ;;
	*) wrong "expected: ...$text..." ;;
	esac
	[ "$(ls -A)" = "$before" ] || wrong "left behind: $(ls -A)"
}

printf '[run]\nthreads = 8\nfoo = 3\n' > key.job
printf '; remark\n\n[run]\nthreads = 8000\n' > range.job
printf '[rum]\nthreads = 1\n' > section.job
printf 'garbage\n' > garbage.job
printf '[run]\nthr\0eads = 8\n' > binary.job
: > empty.job
cat > s.txt <<'PERF'
cc 10/10 1.000001: syscalls:sys_enter_mmap: addr: 0x0, len: 0x4000, prot: 0x3, flags: 0x22, fd: 0xffffffff, off: 0x0
cc 10/10 1.000002: syscalls:sys_exit_mmap: 0x7f0000000000
cc 10/10 1.000003: exceptions:page_fault_user: address=0x7f0000001000 ip=0x401000 error_code=0x6
PERF
"$amapstorm" import s.txt -o s.trace > /dev/null
head -c 40 s.trace > cut.trace
printf 'x\0\1binary' > binary.trace
: > empty.trace
printf '\050\265\057\375\004\130\001\000\000' > cut.zst

bad 2 'no command "runn"; expected one of run,'	runn
bad 2 'expected nothing behind it'		version 1
bad 2 'no command "foo"'			help foo
bad 2 'nothing is called "lock"; expected one of locks,' list lock

bad 2 "no scenario 'strom'; expected storm,"	run strom
bad 2 'did you mean --threads?'			run --thraeds 4
bad 2 'did you mean --scheme?'			run --schema=ordered
bad 2 '--threads: expected a value behind it'	run --threads
bad 2 "'4x' is no value"			run --threads 4x
bad 2 'from 1 to 200'				run --threads 0
bad 2 'from 1 to 200'				run --threads=201
bad 2 'expected one scenario or job file'	run storm cow
bad 2 'no option -x'				run -x
bad 2 '--quiet: takes no value'			run --quiet=yes
bad 2 '"foo" has no "="; expected KEY=VALUE'	run --set foo
bad 2 "unknown key 'foo'"			run --set foo=1
bad 2 '"anon" has no "="; expected SITE=HOW'	run --inject anon
bad 2 "unknown key 'inject.foo'; expected"	run --inject foo=1%
bad 2 'out of range'				run --inject anon=200%
bad 2 "no lock backend 'foo'; expected"		run --lock foo
bad 2 "no swap-off scheme 'foo'; expected"	run --scheme foo
bad 2 "no recording level 'some'; expected"	run --record some
bad 2 "what_if = 'amaplk' is no value"		run --what-if amaplk
bad 2 'expected CLASS=NS'			run --what-if amaplk=1us
bad 2 "what_if = 'amaplk=0'"			run --what-if amaplk=0
bad 2 'what_if with so short a duration'	run --what-if amaplk=9 --duration 1s --threads 2 --hang 5s --warmup 0 --duration 100ms
bad 2 'a power of two'				run --page-size 100

bad 2 'key.job:3: '				run key.job
bad 2 'range.job:4: '				run range.job
bad 2 'section.job:'				run section.job
bad 2 'garbage.job:1: '				run garbage.job
bad 2 'binary.job:2: '				run binary.job
bad 2 'no operation has a weight'		run empty.job
bad 2 'none.job: cannot open it: '		run none.job
bad 2 './none: cannot open it: '		run ./none

bad 2 'none.trace: cannot read: '		run --replay none.trace
bad 2 'binary.trace: not a trace'		run --replay binary.trace
bad 2 'empty.trace: not a trace'		run --replay empty.trace
bad 2 'cut.trace: '				run --replay cut.trace

bad 2 'none/x: cannot be written: No such file'	run -o none/x
bad 2 'Is a directory'				run --json .
bad 2 'Is a directory'				run -o .
bad 2 'cannot be written'			run -o -
bad 2 'cannot be written'			run -o /dev/null
bad 3 'cannot run here: '			run -o s.db --swap-dir "$tmp/none"
bad 2 "'5x' is no value"			run --checkpoint 5x
bad 2 '"text" names no file; expected FORMAT='	run --report text
bad 2 '"text=" names no file; expected FORMAT='	run --report text=
bad 2 'there is no format "foo"; expected one of' run --report foo=x
bad 2 'none/x: cannot be written: No such file'	run --report text=none/x
bad 2 '--report: expected a value behind it'	run --report

bad 2 'expected a saved run, as in'		report
bad 2 'expected one saved run'			report s.txt s.txt
bad 2 'no option -x'				report -x
bad 2 'no option --tabel'			report s.txt --tabel x
bad 2 'text has no tables'			report s.txt --table locks
bad 2 '--output: expected a value'		report s.txt -o
bad 2 'none.db: No such file'			report --partial none.db
bad 2 's.txt: no saved run'			report --partial s.txt
bad 2 'none.db: No such file'			order export none.db
bad 2 'none: No such file'			runs none
bad 2 's.txt: Not a directory'			runs s.txt
bad 2 'no option -x'				runs -x
bad 2 'expected one folder'			runs . .
bad 2 'there is no format "foo"; expected one'	report s.txt --format foo
bad 2 '--format: expected a value'		report s.txt --format
bad 2 'none.db: No such file'			report none.db
bad 2 's.txt: no saved run'			report s.txt
bad 2 'empty.job: empty'			report empty.job
bad 3 'cannot run here: '			run --swap-dir "$tmp/none"

bad 2 'expected a recording'			import
bad 2 'expected -o and the name'		import s.txt
bad 2 'expected the name of the trace'		import s.txt -o
bad 2 'expected one recording'			import s.txt s.txt -o x
bad 2 'no option -z'				import -z
bad 2 'none: cannot read: '			import none -o x
bad 2 'binary.trace:1: binary data'		import binary.trace -o x
bad 2 'empty.trace:1: the file is empty'	import empty.trace -o x
bad 2 'cut.zst:1: '				import cut.zst -o x
bad 2 'none/x: cannot write the trace'		import s.txt -o none/x

bad 2 'none: No such file or directory; expected'	top none
bad 2 '999999999: no such process'		top 999999999
bad 2 'no option -x'				top -x
bad 2 's.txt: no record'			top s.txt

# A full disk is told, also where only the summary goes.
code=0
"$amapstorm" list > /dev/full 2> ../err || code=$?
args='list > /dev/full'
[ "$code" -eq 3 ] || wrong "exit code $code, expected 3"
grep -q 'standard output: No space' ../err || wrong 'expected: No space'

exit $failed
