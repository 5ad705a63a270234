#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A run is killed at random moments (SIGKILL), and resumed each time: its results are those of a run that was not, byte for byte.
#   kill.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER KILLS [PERSONS]
# Few kills when all tests are run; by hand: tests/cli/kill.sh build/trefoil . build/plugins 50
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$(realpath "$1")
source=$(realpath "$2")
plugins=$(realpath "$3")
kills=$4
persons=${5:-3000}
enter_tests "$source"
cp "$source/tests/cli/invariance.ini" run.ini

run()
{
    exec "$trefoil" run run.ini --out "$1" --persons "$persons" --draws 2 --portion 150 --plugin-dir "$plugins" --quiet --resume \
        --set "output:by_year=" --set "output:groups=imd"
}

now()
{
    date +%s.%N
}

began=$(now)
(run whole >whole.out)
ended=$(now)
seed=$(date +%s)
echo "a whole run takes $(awk "BEGIN { print $ended - $began }") seconds; moments from seed $seed"

same()
{
    for file in whole/*.csv; do
        cmp "$file" "killed/${file##*/}" || exit 1
    done
    sed 's/whole/killed/' whole.out | cmp - killed.out
}

killed=0
kept=0
finished=0
while [ "$killed" -lt "$kills" ]; do
    # `run` replaces the subshell, so that the signal meets the program.
    (run killed >killed.out 2>killed.err) &
    process=$!
    sleep "$(awk "BEGIN { srand($seed + 7919 * ($killed + $finished)); print rand() * 1.1 * ($ended - $began) }")"
    if kill -KILL "$process" 2>/dev/null; then
        wait "$process" 2>/dev/null && status=0 || status=$?
    else
        wait "$process" && status=0 || status=$?
    fi
    if [ "$status" -eq 137 ]; then
        killed=$((killed + 1))
        [ ! -e killed/run.sqlite ] || kept=$((kept + 1))
    elif [ "$status" -eq 0 ]; then
        same || exit 1
        rm -rf killed
        finished=$((finished + 1))
    else
        echo "not ok: status $status after $killed kills"
        cat killed.err
        exit 1
    fi
done
(run killed >killed.out)
same || exit 1
echo "$killed kills, $kept with a store to go on from; $((finished + 1)) runs finished, each the same bytes"
[ "$kills" -lt 5 ] || [ "$kept" -gt 0 ]
