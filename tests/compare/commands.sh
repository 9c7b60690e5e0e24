#!/bin/sh
# Runs that are stored, compared; runs in turn; a gate.  What bad input gets.
# usage: commands.sh AMAPSTORM

set -eu
amapstorm=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
mkdir runs
export AMAPSTORM_RUNS="$tmp/runs"

fail() {
	echo "FAILED: $*"
	cat out err
	exit 1
}

# ends CODE ARGUMENT ...: exit code; out, err
ends() {
	want=$1
	shift
	code=0
	"$amapstorm" "$@" > out 2> err || code=$?
	[ "$code" -eq "$want" ] || fail "$*: exit code $code, expected $want"
}

# bad PATTERN ARGUMENT ...: one line that says so, and nothing else
bad() {
	pattern=$1
	shift
	ends 2 "$@"
	[ ! -s out ] || fail "$*: something on standard output"
	[ "$(wc -l < err)" -eq 1 ] || fail "$*: not one line"
	grep -q -- "$pattern" err || fail "$*: expected: $pattern"
}

small='--threads 2 --duration 0 --ops 300 --warmup 0 --audit 0'
run() {
	# shellcheck disable=SC2086
	"$amapstorm" run cow $small "$@" -q > out 2> err || fail "run $*"
}

# One run a side has no verdict; the same run on both sides differs in nothing.
mkdir base
run --seed 1 -o base/1.db
run --seed 2 -o base/2.db
run --seed 3 --lock pthread -o other.db
ends 0 compare base/1.db -- base/2.db
grep -q 'no verdict' out || fail 'one run each has no verdict'
if grep -qE '(better|worse)$' out; then fail 'a verdict from one run each'; fi
ends 0 compare base -- other.db
grep -q 'differ   run.lock: A openbsd, B pthread' out || fail differ
grep -q '^  throughput .* no verdict' out || fail 'no throughput'
awk 'length > 79 { print "too wide: " $0; bad = 1 } END { exit bad }' out ||
    fail 'lines of more than 79 columns'
ends 0 compare base -- base -q --report json=c.json
grep -q '"metric": "throughput"' c.json || fail 'nothing in c.json'
ends 0 compare base -- base --format json -o d.json
[ ! -s out ] || fail '-o, and standard output, too'
grep -q '"metric": "throughput"' d.json || fail 'nothing in d.json'
ends 0 compare base -- base -q --report html=c.html
grep -q '"compare":{"paired":false' c.html || fail 'nothing in c.html'
if grep -oE '(src|href)="?(https?:|//)' c.html; then fail 'asks the network'; fi

# Pairs, made here.
# shellcheck disable=SC2086
ends 0 ab cow $small --a '' --b "--perturb '0%'" --pairs 2 --dir pairs -q
[ "$(ls pairs)" = "pair-01-a.db
pair-01-a.log
pair-01-b.db
pair-01-b.log
pair-02-a.db
pair-02-a.log
pair-02-b.db
pair-02-b.log" ] || fail "$(ls pairs)"
"$amapstorm" report pairs/pair-01-a.db --format json > out 2> err ||
    fail 'a run of a pair cannot be told'
grep -q 'warmup_record = off' out || fail 'the warm-up of a pair is compared'
# shellcheck disable=SC2086
ends 0 ab cow $small --a '--warmup-record full' --b '' --pairs 1 --dir warm -q
ends 0 compare warm/*-a.db -- warm/*-b.db
grep -q 'run.warmup_record: A full, B off' out || fail 'nobody asks for it'
rm -r warm
ends 0 compare --paired pairs/*-a.db -- pairs/*-b.db
grep -q 'runs     A: 2, B: 2, in pairs' out || fail pairs
grep -q 'run.perturb: A 0.5%, B 0%' out ||
    fail perturb
# shellcheck disable=SC2086
ends 0 whatif --what-if amaplk=100 --pairs 1 --dir longer cow $small
grep -q 'run.inside' out || fail inside
grep -q '^BLAME' out || grep -q 'no verdict' out || fail blame

# A gate: too few runs cannot tell; the same runs keep all bounds.
ends 5 gate --baseline base/1.db --allow throughput=5% base/2.db
grep -q 'cannot be told' out || fail 'a bound of one run each'
ends 5 gate --baseline base/1.db --allow throughput=5% base/2.db \
    --report junit=g.xml --report sarif=g.sarif
grep -q 'name="throughput=5%" time="0">' g.xml || fail 'no case of a bound'
grep -q 'skipped="1"' g.xml || fail 'an open bound is none that was kept'
grep -q '"gate.bound"' g.sarif || fail 'no rule of bounds'
rm g.xml g.sarif
ends 0 gate --baseline base --findings none base
bad 'differ from their baseline in run.lock' gate --baseline base \
    --allow throughput=5% other.db

# Shards have seeds of their own; in any order they make the same.
mkdir shards
for i in 1 2 3; do
	run --seed 2 --shard $i/3 -o shards/$i.db
	grep -q "^seed     $((5 + i))\$" out || fail "seed of shard $i"
done
ends 0 merge shards -o all.db
grep -q '^all.db: 3 runs, ' out || fail 'what was merged'
ends 0 merge shards/3.db shards/1.db -o two.db -q
[ ! -s out ] || fail '-q'
ends 0 merge two.db shards/2.db -o again.db
ends 0 report all.db
grep -q '^result   nothing found' out || fail 'a merged run'
if command -v sqlite3 > /dev/null; then
	sqlite3 -readonly all.db .dump > all.sql
	sqlite3 -readonly again.db .dump > again.sql
	cmp all.sql again.sql
	want=$(for i in 1 2 3; do sqlite3 -readonly shards/$i.db \
	    'SELECT sum(acquired) FROM total'; done | awk '{ n += $1 }
	    END { print n }')
	[ "$(sqlite3 -readonly all.db 'SELECT sum(acquired) FROM total')" \
	    -eq "$want" ] || fail 'not the sum'
	rm all.sql again.sql
fi
bad 'differ in run.lock: "openbsd" and "pthread"' \
    merge shards other.db -o no.db
bad 'are the same run' merge shards/1.db shards/2.db shards/1.db -o no.db
bad 'two stored runs or more' merge shards/1.db -o no.db
bad 'expected -o FILE' merge shards
bad 'cannot be written' merge shards -o /nowhere/x.db
bad '--shard: "0/3"' run cow --shard 0/3 -o no.db
bad '--shard: "4/3"' run cow --shard 4/3 -o no.db
bad '--shard: "1"' run cow --shard 1 -o no.db
rm -r all.db two.db again.db shards

# What is wrong is said before anything is run or written.
bad 'on both sides of --' compare base/1.db
bad 'a second --' compare base -- base -- base
bad 'no option --pared; expected one of paired' compare --pared base -- base
bad 'as many of each' compare --paired base -- other.db
bad 'no metric "wait_p98"; expected one of\|no metric "wait_p98"; expected' \
    compare --only wait_p98 base -- base
bad '--level: "0"' compare --level 0 base -- base
bad 'there is no format "jsn"' compare --format jsn base -- base
bad 'expected FORMAT=FILE' compare --report json base -- base
bad 'nowhere.db' compare nowhere.db -- base
bad 'no stored run' compare "$tmp/runs" -- base
bad 'differ in run.lock' compare base/1.db other.db -- base
bad "expected --a 'OPTIONS'" ab cow --a ''
bad 'a quote that does not end' ab cow --a "'" --b ''
bad 'no option --thraeds' ab cow --a '--thraeds 3' --b ''
bad '--pairs: "0"' ab cow --a '' --b '' --pairs 0
bad 'new or empty' ab cow --a '' --b '' --dir pairs
bad 'expected --lock NAME' whatif cow
bad 'expected CLASS=NS' whatif --what-if amaplk=1,2 cow
bad 'there is no lock' whatif --lock nosuch cow
bad 'expected --baseline' gate base
bad 'expected stored runs' gate --baseline base --allow throughput=5%
bad 'no bound' gate --baseline base --allow throughput base
bad 'no metric' gate --baseline base --allow nosuch=5% base
bad '--findings: "some"' gate --baseline base --findings some base
bad 'expected --allow' gate --baseline base base
bad 'cannot be written' compare base -- base --report json=/nowhere/x
[ "$(ls)" = "base
c.html
c.json
d.json
err
longer
other.db
out
pairs
runs" ] || fail "left behind: $(ls)"
[ -z "$(ls runs)" ] || fail "left behind: $(ls runs)"

# A run that cannot be is told with its own words.
# shellcheck disable=SC2086
ends 3 ab cow $small --a '' --b '--inside nosuch=5' --pairs 1 --dir none -q
grep -q "inside = nosuch=5: no lock or mutex of that class" err || fail 'why it cannot run'
exit 0
