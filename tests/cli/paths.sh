#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Loops compiled for AVX-512, for AVX2 and for any processor (base/fast.h) give the same bytes: the program itself is made to take each of the paths
# this processor can take, and watched that it takes no other (path.c).
#   paths.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER PATH_PROGRAM
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
path=$4
nm "$trefoil" >"$trial/names"

# on PATH SCENARIO OUT OPTION...
on()
{
    way=$1
    scenario=$2
    out=$3
    shift 3
    status=0
    "$path" "$way" "$trefoil" run "$source/$scenario" --plugin-dir "$plugins" --threads 1 --quiet --out "$trial/$way/$out" "$@" <"$trial/names" \
        >"$trial/$way.$out.txt" 2>"$trial/err" || status=$?
    [ "$status" -eq 0 ] || cat "$trial/err"
    return "$status"
}

# All loops are in these: people on the continuous clock, many at once; a tiny model; a cohort in expected mode.
run_all()
{
    on "$1" tests/cli/invariance.ini lives --set population:ages=60-61 --persons 6000 --draws 0 || return $?
    on "$1" tests/bench/four_states.ini states --persons 2000 --set output:groups=imd || return $?
    on "$1" tests/validation/sicksicker_intro/scenario.ini cohort --draws 20 --set output:by_year=
}

ways=0
for way in default arch_x86_64_v3 arch_x86_64_v4; do
    status=0
    run_all "$way" || status=$?
    if [ "$status" -eq 77 ]; then
        continue
    fi
    ways=$((ways + 1))
    [ "$status" -eq 0 ] || { complain "$way ends with status $status"; continue; }
    for out in lives states cohort; do
        for file in "$trial/default/$out"/*.csv; do
            cmp "$file" "$trial/$way/$out/${file##*/}" || complain "$way: $out/${file##*/} differs"
        done
        sed "s/$way/default/g" "$trial/$way.$out.txt" | cmp - "$trial/default.$out.txt" || complain "$way: what it tells of $out differs"
    done
done
[ "$ways" -ge 2 ] || { echo "this processor, or this system, has one path only"; exit 77; }

echo "$ways paths, $failed failures"
[ "$failed" -eq 0 ]
