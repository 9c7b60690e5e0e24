#!/bin/sh
# Reports in the programs that people open them with: the trace in the Firefox
# profiler's importer and in Catapult's, SARIF in its validator with the
# published schema, folded stacks in speedscope.  What npm brings is what
# viewers/package-lock.json names, in FOLDER, which is kept.
# usage: viewers.sh AMAPSTORM SOURCE FOLDER

set -eu
amapstorm=$1 source=$2/tests/reports folder=$3
tmp=$(mktemp -d)
HOME=$tmp	# sessions of the profiler, settings of the browser
export HOME
modules=$folder/node_modules
profiler() {
	node "$modules/@firefox-devtools/profiler-cli/dist/profiler-cli.js" "$@"
}
trap 'profiler stop --all > /dev/null 2>&1; rm -rf "$tmp"' EXIT

fail() {
	echo "FAILED: $*"
	exit 1
}

mkdir -p "$folder"
if ! cmp -s "$source/viewers/package-lock.json" "$folder/installed"; then
	cp "$source"/viewers/package*.json "$folder"
	(cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund \
	    --cache "$tmp/npm") > "$tmp/npm.log" 2>&1 || {
		cat "$tmp/npm.log"
		fail 'npm has nothing for us'
	}
	cp "$folder/package-lock.json" "$folder/installed"
fi
cd "$tmp"
"$amapstorm" run storm --threads 4 --ops 4000 --duration 0 -o none \
    --report trace=trace --report folded=folded --report sarif=clean.sarif \
    > out 2>&1 || { cat out; fail 'no run'; }
code=0
"$amapstorm" run swapoff --scheme blocking --duration 60s -o none \
    --report sarif=found.sarif > out 2>&1 || code=$?
[ $code -eq 1 ] || { cat out; fail 'nothing found'; }

node "$source/viewers/catapult.js" "$modules/traceviewer" trace > catapult
# Its server has half a second to begin in.
for try in 1 2 3 4 5 6 7 8 9 10; do
	profiler load trace > out 2>&1 && break
	[ "$try" -lt 10 ] || { cat out; fail 'the profiler does not load'; }
	profiler stop --all > /dev/null 2>&1 || :
done
profiler thread list --json > firefox
profiler stop --all > out
/usr/bin/python3 - << 'PYTHON' || fail 'the trace'
import collections, json
def read(name):
    with open(name, encoding="utf-8") as f:
        return json.load(f)
events = read("trace")["traceEvents"]
names = {e["tid"]: e["args"]["name"] for e in events
         if e["name"] == "thread_name"}
tracks = collections.Counter(names[e["tid"]] for e in events if e["ph"] == "X")
arrows = sum(e["ph"] == "s" for e in events)
catapult = read("catapult")
firefox = {t["name"]: t["markerCount"] for t in read("firefox")["threads"]}
print("%d tracks, %d slices, %d arrows" %
      (len(tracks), sum(tracks.values()), arrows))
assert arrows > 0
assert catapult == {"tracks": tracks, "arrows": arrows, "warnings": []}, \
    "Catapult: %s" % catapult
assert firefox == tracks, "Firefox: %s" % firefox
PYTHON

for run in clean found; do
	sarif=$modules/@microsoft/sarif-multitool-linux
	chmod +x "$sarif/Sarif.Multitool"
	"$sarif/Sarif.Multitool" validate $run.sarif \
	    --output $run.judged > out 2>&1 || { cat out; fail "$run.sarif"; }
	/usr/bin/python3 - $run "$sarif/sarif-2.1.0.json" << 'PYTHON' ||
import json, sys, jsonschema
def read(name):
    with open(name, encoding="utf-8-sig") as f:
        return json.load(f)
run, schema = sys.argv[1:]
jsonschema.Draft202012Validator(read(schema)).validate(read(run + ".sarif"))
told = [r["message"] for r in read(run + ".judged")["runs"][0]["results"]
        if r["ruleId"] != "SARIF2005"]    # wants a page of ours: there is none
assert not told, told
PYTHON
	    fail "$run.sarif"
done

# It says how it went in the title of its page.
browser=$(command -v chromium || command -v chromium-browser) ||
    fail 'no chromium here (package chromium)'
printf 'speedscope.loadFileFromBase64("storm", "%s")' "$(base64 -w 0 folded)" \
    > folded.js
timeout 100 "$browser" --headless --no-sandbox --disable-gpu \
    --allow-file-access-from-files --virtual-time-budget=20000 --dump-dom \
    "file://$modules/speedscope/dist/release/index.html#localProfilePath=$tmp/folded.js" \
    > dom 2> err || { cat err; fail 'no browser'; }
grep -q '<title>storm - speedscope</title>' dom ||
    fail "speedscope: $(grep -o '<title>[^<]*' dom)"
