#!/bin/sh
# The HTML report in a real browser: no error, every chart has marks, every
# table sorts, links lead where they say; two themes, two widths.
# usage: browser.sh AMAPSTORM SOURCE

set -eu
amapstorm=$1
source=$2
browser=$(command -v chromium || command -v chromium-browser) || {
	echo 'no chromium here (package chromium)'
	exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

# report NAME COMMAND ARGUMENT ...: NAME.html of a run
report() {
	name=$1
	shift
	code=0
	"$amapstorm" "$@" --report html="$name.plain" > out 2>&1 || code=$?
	[ $code -le 1 ] || {
		cat out
		exit 1
	}
	page "$name"
}

# page NAME: of NAME.plain, with the checks put in
page() {
	name=$1
	size=$(wc -c < "$name.plain")
	[ "$size" -lt 2000000 ] || {
		echo "FAILED: $name is of $size bytes"
		exit 1
	}
	if grep -oE '(src|href)="?(https?:|//)' "$name.plain"; then
		echo "FAILED: $name asks the network"
		exit 1
	fi
	awk -v check="$source/tests/reports/page_check.js" '
	    /^<head>/ { print; print "<script>window.page_errors = [];"
		print "addEventListener(\"error\", e =>"
		print "    page_errors.push(e.message));"
		print "for (const f of [\"error\", \"warn\"])"
		print "	console[f] = (...a) => page_errors.push(a.join(\" \"));"
		print "</script>"; next }
	    /^<\/body>/ { print "<script>"
		while ((getline line < check) > 0) print line
		print "</script>" }
	    { print }' "$name.plain" > "$name.html"
}

AMAPSTORM_RUNS=none
export AMAPSTORM_RUNS
report storm run storm --duration 2s --seed 1
report swapoff run swapoff --scheme blocking --duration 1min --stop-on-finding
report off run storm --duration 500ms --record off
report search explore explore-cow --executions 50

# Comparisons: something is worse, nothing differs at all.
code=0
"$amapstorm" whatif --what-if amaplk=20000 cow --threads 4 --ops 1500 \
    --duration 0 --warmup 0 --audit 0 --hold-period 16 --pairs 7 --dir pairs \
    --report html=whatif.plain > out 2>&1 || code=$?
[ $code -eq 1 ] || {
	cat out
	exit 1
}
page whatif
mkdir base
cp pairs/*-a.db base
code=0
"$amapstorm" compare base -- base --report html=same.plain > out 2>&1 ||
    code=$?
[ $code -eq 0 ] || {
	cat out
	exit 1
}
page same

frames=
n=0
all=findings,timeline,locks,blame,chains,order,strands,operations,coverage
for theme in light dark; do
	for width in 1400 400; do
		for page in "storm 0 $all,trust,repeat" \
		    'swapoff 1 findings,order,trust,repeat' \
		    'off 0 findings,operations,trust,repeat' \
		    'search 0 findings,trust,repeat' \
		    'whatif 0 findings,metrics,moved,sets,trust,repeat' \
		    'same 0 findings,metrics,moved,sets,trust,repeat'; do
			# shellcheck disable=SC2086
			set -- $page
			frames="$frames<iframe style=\"width:${width}px;"
			frames="${frames}height:900px\" src=\"$1.html"
			frames="$frames?theme=$theme&stacks=$2&wants=$3\">"
			frames="$frames</iframe>"
			n=$((n + 1))
		done
	done
done
cat > all.html <<PAGE
<!DOCTYPE html><html><body><pre id="said"></pre><script>
addEventListener("message", e => document.getElementById("said").append(e.data,
    "\n"));
</script>$frames</body></html>
PAGE
timeout 200 "$browser" --headless --no-sandbox --disable-gpu \
    --virtual-time-budget=60000 --window-size=1500,1000 --dump-dom \
    "file://$tmp/all.html" > dom 2> err || {
	cat err
	exit 1
}
sed -n '/<pre id="said">/,/<\/pre>/p' dom
fine=$(grep -c ': fine' dom) || :
[ "$fine" -eq $n ] || {
	echo "FAILED: $fine of $n are fine"
	exit 1
}
