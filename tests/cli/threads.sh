#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Under the thread sanitizer: a scenario on two threads, complete, and no race.
#   threads.sh TREFOIL SOURCE_FOLDER SCENARIO ARGUMENT...
# With TREFOIL "race", SOURCE_FOLDER is the program of race.c: a race is found where there is one, and none where a barrier prevents it.
set -eu
. "$(dirname -- "$0")/trial.sh"
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 history_size=4 exitcode=66"

if [ "$1" = race ]; then
    "$2" >"$trial/out" 2>&1 || { echo "not ok: a race where there is none" && cat "$trial/out" && exit 1; }
    if "$2" racing >"$trial/out" 2>&1; then
        echo "not ok: the race was not seen"
        exit 1
    fi
    grep -q 'data race' "$trial/out"
    echo "the sanitizer sees races and knows barriers"
    exit 0
fi

trefoil=$1
cd "$2"
scenario=$3
shift 3
"$trefoil" run "$scenario" --threads 2 --out "$trial/results" "$@" >"$trial/out" 2>&1 || { cat "$trial/out" && exit 1; }
if grep -q 'ThreadSanitizer' "$trial/out"; then
    cat "$trial/out"
    exit 1
fi
[ -s "$trial/results/summary.csv" ] && [ -s "$trial/results/run.sqlite" ]
echo "$scenario: no race"
