#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# However a run is divided, its results are the same bytes: portions, shards that are merged, an interruption within a draw, and ranks.
#   portions.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER [MPIRUN]
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
mpirun=${4-}
enter_tests "$source"
cp "$source/tests/cli/invariance.ini" run.ini

trefoil()
{
    verb=$1
    shift
    "$trefoil" "$verb" run.ini "$@" --persons 1000 --draws 2 --set "output:groups=imd" --plugin-dir "$plugins" --quiet
}

same()
{
    for file in summary difference by_year draws inequality cea; do
        cmp "whole/$file.csv" "$1/$file.csv" || complain "$1/$file.csv differs"
    done
}

# refused STATUS TEXT COMMAND...: it ends so, saying that.
refused()
{
    expected=$1
    text=$2
    shift 2
    status=0
    "$@" >refused.out 2>refused.err || status=$?
    [ "$status" -eq "$expected" ] || complain "status $status instead of $expected: $*"
    [ -z "$text" ] || grep -qF -e "$text" refused.err || { complain "it does not say '$text': $*"; cat refused.err; }
}

trefoil run --out whole >whole.out || exit 1

# Sixteen shards; and what is wrong with some.
for k in $(seq 16); do
    trefoil run --portion 70 --shard "$k/16" --out "shards/$k" >"shard.out" || complain "shard $k does not run"
    grep -q "^Shard $k of 16: [1-9] of [1-9][0-9] portions are in shards/$k/run.sqlite" shard.out ||
        { complain "shard $k does not tell its portions"; cat shard.out; }
    [ ! -e "shards/$k/summary.csv" ] || complain "shard $k writes a report"
done
trefoil merge shards --out merged >merged.out || complain "the shards cannot be merged"
same merged
sed 's/whole/merged/' whole.out | cmp - merged.out || complain "the merged run tells something else"
mv shards/5 away
refused 2 "portions of shard 5 of 16 missing; run it: trefoil run run.ini --shard 5/16" trefoil merge shards --out lost
[ ! -e lost ] || complain "results of half a run"
mkdir empty
refused 2 "no run.sqlite in it" trefoil merge shards empty --out lost
refused 1 "there is no such store" trefoil merge shards nowhere --out lost
mkdir shards/5
refused 0 "" trefoil run --portion 70 --shard 5/16 --out shards/5 --seed 7
refused 2 "shards/5/run.sqlite: not a part of this run: seed is '7' there and '20260401' in the scenario" trefoil merge shards --out lost
refused 0 "" trefoil run --portion 90 --shard 5/16 --out shards/5
refused 2 "run it again with --portion 70" trefoil merge shards --out lost
refused 2 "one of the shards" trefoil merge shards --out shards/6
refused 2 "was written without --shard" trefoil merge whole --out lost
refused 2 "which a shard cannot know" trefoil run --shard 1/2 --set run:mcse=50 --out lost
refused 2 "expected which of how many" trefoil run --shard 3/2 --out lost

# A batch system that runs at once what it is given.
mkdir bin
cat >bin/sbatch <<'END'
#!/bin/sh
array= wrap=
while [ $# -gt 0 ]; do
    case $1 in
    --parsable) shift ;;
    --array) array=$2; shift 2 ;;
    --wrap) wrap=$2; shift 2 ;;
    --*) shift 2 ;;
    *) break ;;
    esac
done
if [ -n "$wrap" ]; then
    sh -c "$wrap" >merge.out || exit 1
else
    for task in $(seq "${array#1-}"); do
        SLURM_ARRAY_TASK_ID=$task SLURM_CPUS_PER_TASK=1 "$@" >/dev/null || exit 1
    done
fi
echo 17
END
chmod +x bin/sbatch
PATH=$PWD/bin:$PATH OUT=batch TREFOIL=$trefoil "$source/tools/slurm-array.sh" 3 run.ini --persons 1000 --draws 2 --set "output:groups=imd" \
    --plugin-dir "$plugins" >batch.out || complain "the batch job does not run"
grep -q "^shards: job 17, 1 to 3; merge: job 17; results will be in batch" batch.out || complain "the batch job says something else"
same batch

# Stopped in the middle of a draw: as soon as something is kept.
wait_for_store()
{
    tries=0
    while [ ! -e "$1/run.sqlite" ] && [ "$tries" -lt 600 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
}
"$trefoil" run run.ini --persons 1000 --draws 2 --set "output:groups=imd" --plugin-dir "$plugins" --quiet --portion 30 --threads 1 --out stopped >stopped.out 2>stopped.err &
process=$!
wait_for_store stopped
kill -INT "$process"
status=0
wait "$process" || status=$?
[ "$status" -eq 130 ] || complain "interrupted: status $status"
[ -e stopped/run.sqlite ] && [ ! -e stopped/summary.csv ] || complain "it was not interrupted in the middle"
if command -v sqlite3 >/dev/null; then # what places are shared out by is not simulated again
    [ "$(sqlite3 stopped/run.sqlite "SELECT count(*) FROM expected")" -gt 0 ] || complain "what usual care is expected to use is not kept"
fi
refused 2 "seed was '20260401' when it began and is '8' now" trefoil run --resume --out stopped --seed 8
trefoil run --resume --out stopped >stopped.out || complain "it cannot be resumed"
same stopped

# Ranks.
if [ -n "$mpirun" ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    ranks()
    {
        n=$1
        shift
        "$mpirun" --oversubscribe -n "$n" sh -c 'echo $$ >"rank.$OMPI_COMM_WORLD_RANK"; exec "$@"' rank "$trefoil" run run.ini --persons 1000 \
            --draws 2 --set "output:groups=imd" --plugin-dir "$plugins" --quiet --threads 1 "$@"
    }
    for n in 1 2 4; do
        ranks "$n" --portion 70 --out "ranks$n" >ranks.out || complain "$n ranks do not run"
        same "ranks$n"
        sed "s/whole/ranks$n/" whole.out | cmp - ranks.out || complain "$n ranks tell something else"
    done
    refused 2 "unknown" ranks 2 --set population:ages=unknown --out lost
    refused 2 "start each shard without mpirun" ranks 2 --shard 1/2 --out lost
    # A rank dies: the others end, and what was finished stays.
    rm -f rank.*
    ranks 2 --portion 20 --out dead >dead.out 2>&1 &
    process=$!
    wait_for_store dead
    kill -KILL "$(cat rank.1)"
    status=0
    wait "$process" || status=$?
    [ "$status" -ne 0 ] || complain "a rank died, and nobody minds"
    [ -e dead/run.sqlite ] && [ ! -e dead/summary.csv ] || complain "it did not end in the middle"
    trefoil run --resume --out dead >dead.out || complain "it cannot be resumed after a rank died"
    same dead
fi

echo "$failed failures"
[ "$failed" -eq 0 ]
