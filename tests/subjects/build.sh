#!/bin/sh
# The stand-in, as it is or with a defect of its enum plant.
# usage: build.sh AMAPSTORM FLAVOUR uvm_amap.c FOLDER NAME ...
#	NAME: a plant; explore-PLANT for that flavour; COUNTED: it tells of
#	each call; WORDS: words.c, which has more of a kernel file's words

set -eu
amapstorm=$1 flavour=$2 source=$3 to=$4
shift 4
mkdir -p "$to"

for name in "$@"; do
	made=$flavour plant=${name#explore-} with=-O2 from=$source
	case $name in
	NOTHING) ;;
	COUNTED) plant=NOTHING with='-finstrument-functions -O0' ;;
	WORDS) plant=NOTHING with=-Werror from=$(dirname "$source")/words.c ;;
	explore-*) made=explore ;;
	*) with=-O0 ;;
	esac
	grep -q "^	$plant,	" "$source" || grep -q "^	$plant,\$" "$source" || {
		echo "FAILED: $source has no plant $plant"
		exit 1
	}
	"$amapstorm" subject build "$from" --flavour "$made" \
	    -o "$to/$name.so" -- -DPLANT="$plant" $with
	[ -s "$to/$name.so" ]
done
