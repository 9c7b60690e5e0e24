#!/bin/sh
# A scenario with a subject ends clean.
# usage: clean.sh AMAPSTORM SUBJECT SCENARIO OPTION ...

set -eu
amapstorm=$1 subject=$2 scenario=$3
shift 3
code=0
"$amapstorm" run "$scenario" --subject "$subject" --warmup 0 -q -o none "$@" ||
    code=$?
[ $code -eq 0 ] || { echo "FAILED: exit code $code"; exit 1; }
