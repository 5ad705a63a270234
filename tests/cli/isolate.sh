#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A run of 64 units of work in child processes, with a plugin that crashes in unit 17: that unit is lost and the plugin named, everything else is
# kept, the draws behind are finished, and --resume does what is left, to the same bytes; alone, in shards and in ranks.
#   isolate.sh TREFOIL SOURCE_FOLDER SUBJECTS_FOLDER [MPIRUN]
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
subjects=$3
mpirun=${4-}
enter_tests "$source"
ulimit -c 0
ulimit -u 4000 2>/dev/null || true

# Men of 50 to 81, then women: a unit for each age.  In unit 17 are men of 66, who are 68 when the plugin crashes.
{
    faulty_scenario "$source" |
        sed -e '/^open = /d' -e 's/^ages = .*/ages = 50-81/' -e 's/^persons = .*/persons = 640/' -e 's/^draws = .*/draws = 2/' -e 's/^by_year = .*/by_year =/' -e 's/^groups = .*/groups = imd/'
    cat <<'END'
plugin = stumbles
in_draw = 1
from_time = 2
to_time = 2
at_age = 68
of_sex = 0
END
} >run.ini
units=64

# run COMMAND...
run()
{
    timeout 60 "$@" --plugin-dir "$folder" --quiet >out 2>err || return $?
}
folder=$subjects

ends()
{
    wanted=$1
    words=$2
    shift 2
    status=0
    run "$@" || status=$?
    [ "$status" -eq "$wanted" ] || { complain "$what: status $status instead of $wanted"; cat err; }
    [ -z "$words" ] || grep -qF -e "$words" err || { complain "$what: it does not say: $words"; cat err; }
}

same()
{
    for file in whole/*.csv; do
        cmp "$file" "$1/${file##*/}" || complain "$what: ${file##*/} differs"
    done
}

# holds STORE DRAWS PORTIONS: the finished draws, and how many portions of draw 1 there are.
holds()
{
    command -v sqlite3 >/dev/null || return 0
    drawn=$(sqlite3 "$1/run.sqlite" "SELECT group_concat(draw) FROM (SELECT draw FROM draw ORDER BY draw)")
    kept=$(sqlite3 "$1/run.sqlite" "SELECT count(*) || ' ' || total(draw = 1) || ' ' || total(first = 16) FROM portion")
    [ "$drawn" = "$2" ] || complain "$what: draws $drawn are finished instead of $2"
    [ "$kept" = "$3 $3.0 0.0" ] || complain "$what: portions (of draw 1, of unit 17) $kept instead of $3"
}

crash="org.example.stumbles: [intervention fault] use hook, cycle 2, draw 1: it "
lost="1 unit of work is lost, so draw 1 is not finished; what was finished is in the store, and --resume goes on with the same plugin"

what="nothing fails"
FAULT_IS_GONE=1 ends 0 "" "$trefoil" run run.ini --portion 1 --threads 2 --out whole
FAULT_IS_GONE=1 ends 0 "" "$trefoil" run run.ini --portion 1 --threads 2 --out quiet --isolate
same quiet

what="a crash in unit 17"
ends 1 "$crash" "$trefoil" run run.ini --portion 1 --threads 2 --out lost --isolate
grep -qF -e "$lost" err || { complain "$what: it does not say what is lost"; cat err; }
[ ! -e lost/summary.csv ] || complain "$what: results of half a run"
holds lost 0,2 $((units - 1))
"$trefoil" analyse lost/run.sqlite --out finished >out 2>err || complain "$what: what is finished cannot be analysed"
grep -v '^1,' whole/draws.csv | cmp - finished/draws.csv || complain "$what: other draws are not what they are without the crash"

what="resumed, and it crashes again"
ends 1 "$lost" "$trefoil" run run.ini --portion 1 --threads 2 --out lost --isolate --resume
holds lost 0,2 $((units - 1))

what="resumed with another plugin"
mkdir mended
cp "$subjects/stumbles.so" mended/stumbles.so
echo >>mended/stumbles.so
folder=mended
ends 2 "cannot go on with this run: plugin sha256 stumbles was '" "$trefoil" run run.ini --portion 1 --threads 2 --out lost --isolate --resume
folder=$subjects
holds lost 0,2 $((units - 1))

what="resumed when the fault is gone"
FAULT_IS_GONE=1 ends 0 "" "$trefoil" run run.ini --portion 1 --threads 1 --out lost --isolate --resume
same lost
holds lost 0,1,2 0

what="shards"
for k in 1 2 3; do # unit 17 of draw 1 is number 80 (from 0) of all, and falls to shard 3 of 3
    ends $((k == 3)) "" "$trefoil" run run.ini --portion 1 --threads 2 --out "shards/$k" --isolate --shard "$k/3"
done
grep -qF -e "$crash" err && grep -qF -e "$lost" err || { complain "$what: it does not say what is lost"; cat err; }
ends 2 "portion of shard 3 of 3 missing; run it: trefoil run run.ini --shard 3/3" "$trefoil" merge run.ini shards --out merged
FAULT_IS_GONE=1 ends 0 "" "$trefoil" run run.ini --portion 1 --threads 2 --out shards/3 --isolate --shard 3/3 --resume
ends 0 "" "$trefoil" merge run.ini shards --out merged
same merged

if [ -n "$mpirun" ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    set -- "$mpirun" --oversubscribe -n 3 "$trefoil" run run.ini --portion 1 --threads 1 --isolate
    what="ranks"
    FAULT_IS_GONE=1 ends 0 "" "$@" --out ranks
    same ranks
    what="ranks, of which one loses a unit"
    ends 1 "$crash" "$@" --out torn
    grep -qF -e "$lost" err || { complain "$what: it does not say what is lost"; cat err; }
    [ ! -e torn/summary.csv ] || complain "$what: results of half a run"
    holds torn 0,2 $((units - 1))
    FAULT_IS_GONE=1 ends 0 "" "$@" --out torn --resume
    same torn
fi

echo "$failed failures"
[ "$failed" -eq 0 ]
