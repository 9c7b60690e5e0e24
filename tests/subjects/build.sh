#!/bin/sh
# The stand-in, as it is and with each defect of its enum plant.
# usage: build.sh AMAPSTORM FLAVOUR uvm_amap.c FOLDER

set -eu
amapstorm=$1 flavour=$2 source=$3 to=$4
mkdir -p "$to"

"$amapstorm" subject build "$source" --flavour "$flavour" -o "$to/NOTHING.so"
"$amapstorm" subject build "$source" --flavour "$flavour" \
    -o "$to/COUNTED.so" -- -finstrument-functions -O0
if [ "$flavour" = plain ]; then
	for plant in NOTHING UNLOCKED_REF; do
		"$amapstorm" subject build "$source" --flavour explore \
		    -o "$to/explore-$plant.so" -- -DPLANT="$plant"
	done
fi
for plant in $(sed -n '/^enum plant/,/^}/s/^	\([A-Z_]*\),.*/\1/p' "$source"); do
	[ "$plant" != NOTHING ] || continue
	"$amapstorm" subject build "$source" --flavour "$flavour" \
	    -o "$to/$plant.so" -- -DPLANT="$plant" -O0
done
[ -s "$to/NOTHING.so" ]
[ -s "$to/CHUNK_FAILURE.so" ]
