#!/bin/sh
# check-order: verdicts, exit codes, messages, JSON.
# usage: check_order.sh AMAPSTORM

set -eu
amapstorm=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
failed=0
last=

# check CODE PATTERN ARGUMENT ...
check() {
	want=$1 pattern=$2
	shift 2
	# several patterns of one run stand together
	if [ "$*" != "$last" ]; then
		last=$* code=0
		"$amapstorm" check-order "$@" > out 2>&1 || code=$?
	fi
	if [ "$code" -ne "$want" ]; then
		echo "FAILED: check-order $*: exit code $code, not $want"
		failed=1
	fi
	if ! grep -q -e "$pattern" out; then
		echo "FAILED: check-order $*: no line with $pattern in"
		cat out
		failed=1
	fi
}

{
	printf 'id\tscript\texpect\tkind\ttruth\tdeclared\n'
	printf 'abba\tW:A W:B -B -A ; W:B W:A -A -B\tERROR\tcycle2\tDL\n'
	printf 'rd\tR:A R:B -B -A ; R:B R:A -A -B\tsilent\n'
	printf 'gate.w\tW:G W:A W:B -B -A -G ; W:G W:B W:A -A -B -G\tINFO\n'
	printf 'gate.r\tr:G W:A W:B -B -A -G ; r:G W:B W:A -A -B -G\tREPORT\n'
	printf 'kept\tW:X1 W:X2\tsilent\t\t\tclass X by address\n'
} > good.tsv
check 0 '^5 rows: 5 ok, 0 FAIL$' good.tsv
check 0 '^ok    abba  *ERROR   expected ERROR cycle2$' good.tsv
check 0 '^2 rows: 2 ok' good.tsv --row gate
check 0 '^1 rows: 1 ok' good.tsv --row=gate.r
check 0 'ERROR order.cycle' good.tsv --row abba -v
check 0 '^10 rows: 10 ok' good.tsv good.tsv -q
check 2 'no row "none"' good.tsv --row none

# What is wrong must fail: the level, the kind, an INFO too much.
{
	printf 'id\tscript\texpect\tkind\n'
	printf 'level\tW:A W:B -B -A ; W:B W:A -A -B\tWARN\n'
	printf 'missed\tW:A -A\tERROR\n'
	printf 'alarm\tW:A W:B -B -A ; W:B W:A -A -B\tsilent\n'
	printf 'kind\tW:A W:B -B -A ; W:B W:A -A -B\tERROR\tcycle3\n'
	printf 'twice\tW:A W:B -B -A ; W:B W:A -A -B\tERROR\tcycle twice\n'
	printf 'reads\tr:A r:B -B -A ; r:B r:A -A -B\tWARN\n'
	printf 'class\tW:X1 W:X2\tsilent\n'
} > bad.tsv
check 1 '^7 rows: 2 ok, 5 FAIL$' bad.tsv
check 1 'level  *ERROR .*: ERROR instead of WARN$' bad.tsv
check 1 'missed  *silent .*: silent instead of ERROR$' bad.tsv
check 1 'kind .*no order.cycle of 3 strands' bad.tsv
check 1 'twice .*1 times, not twice' bad.tsv
check 0 '^1 rows: 1 ok' bad.tsv --row class
check 1 'class .*: INFO instead of silent' bad.tsv --row class --strict
check 0 '^1 rows: 1 ok' bad.tsv --row reads --assume-writer
check 1 'reads .* instead of WARN' bad.tsv --row reads --no-assume-writer

# What cannot be read is told before anything is run.
{
	printf 'id\tscript\texpect\n'
	printf 'a\tW:A\tsilent\n'
	printf 'b\tW:A Q:B\tsilent\n'
} > typo.tsv
check 2 'typo.tsv:3: b, column 5: "Q:B" is no step; expected W: r:' typo.tsv
grep -q '^ok' out && { echo "FAILED: a row was run"; failed=1; }
printf 'id\tscript\nx\tW:A\n' > head.tsv
check 2 'head.tsv:1: no column "expect"' head.tsv
printf 'id\tscript\texpect\tdeclared\nx\tW:A\tOK\tclass\n' > decl.tsv
check 2 'decl.tsv:2: a class without a name' decl.tsv
check 2 'none.tsv: No such file' none.tsv
check 2 'no option -z' -z good.tsv
check 2 'expected a table' -v
check 2 'expected the name of a row' good.tsv --row

"$amapstorm" check-order --json good.tsv > out.json
if command -v python3 > /dev/null; then
	python3 - <<'END' || failed=1
import json
r = json.load(open("out.json"))
assert [row["id"] for row in r["rows"]] == \
    ["abba", "rd", "gate.w", "gate.r", "kept"]
assert all(row["ok"] for row in r["rows"])
assert r["rows"][0]["findings"][0]["name"] == "order.cycle"
assert r["rows"][1]["findings"] == []
assert r["summary"] == {"rows": 5, "ok": 5, "failed": 0, "no_verdict": 0}
END
fi
exit $failed
