#!/bin/sh
# The stand-in, as it is or with a defect of its enum plant.
# usage: build.sh AMAPSTORM FLAVOUR uvm_amap.c FOLDER NAME ...
#	NAME: a plant, explore-PLANT for that flavour, or COUNTED: it tells of
#	each call

set -eu
amapstorm=$1 flavour=$2 source=$3 to=$4
shift 4
mkdir -p "$to"

for name in "$@"; do
	made=$flavour plant=${name#explore-} with=-O2
	case $name in
	NOTHING) ;;
	COUNTED) plant=NOTHING with='-finstrument-functions -O0' ;;
	explore-*) made=explore ;;
	*) with=-O0 ;;
	esac
	grep -q "^	$plant,	" "$source" || grep -q "^	$plant,\$" "$source" || {
		echo "FAILED: $source has no plant $plant"
		exit 1
	}
	"$amapstorm" subject build "$source" --flavour "$made" \
	    -o "$to/$name.so" -- -DPLANT="$plant" $with
	[ -s "$to/$name.so" ]
done
